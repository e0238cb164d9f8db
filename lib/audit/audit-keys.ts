/** The Ed25519 keys that sign checkpoints. Made at the first start; older ones stay, so that what they signed can be verified. */
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  sign,
  verify,
} from "node:crypto";
import type { Database } from "#lib/db/client.ts";
import type { TransactionClient } from "#lib/db/transaction.ts";
import { canonicalJson } from "#lib/wire/canonical-json.ts";

/** What a checkpoint states: the chain had reached `seq`, and the hash there was `hash`. */
export type Statement = { seq: string; hash: string; at: string; key_id: string };

/** `publicKey` is PEM (SPKI). */
export type PublicKey = { id: string; publicKey: string; createdAt: Date };
export type SigningKey = PublicKey & { privateKey: string };

/** The key that signs; makes the first one. The caller holds the chain's lock. */
export async function ensureAuditKey(tx: TransactionClient): Promise<SigningKey> {
  const newest = await tx.auditKey.findFirst({ orderBy: { createdAt: "desc" } });
  if (newest !== null) return newest;
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  return tx.auditKey.create({
    data: {
      id: createHash("sha256")
        .update(publicKey.export({ type: "spki", format: "der" }))
        .digest("hex"),
      publicKey: publicKey.export({ type: "spki", format: "pem" }).toString(),
      privateKey: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    },
  });
}

/** The oldest first. */
export async function listAuditKeys(db: Database): Promise<PublicKey[]> {
  return db.auditKey.findMany({
    orderBy: { createdAt: "asc" },
    select: { id: true, publicKey: true, createdAt: true },
  });
}

/** A public key as one line. */
export function shortPublicKey({ publicKey }: Pick<PublicKey, "publicKey">): string {
  return `ed25519:${createPublicKey(publicKey).export({ format: "jwk" }).x}`;
}

/** Ed25519 (RFC 8032) over the text in UTF-8. */
export function signText(text: string, privateKey: string): Buffer {
  return sign(null, Buffer.from(text), createPrivateKey(privateKey));
}

/** Throws for a key that is none. */
export function isTextSignedBy(
  text: string,
  signature: Uint8Array,
  { publicKey }: Pick<PublicKey, "publicKey">,
): boolean {
  return verify(null, Buffer.from(text), createPublicKey(publicKey), signature);
}

export function signStatement(statement: Statement, privateKey: string): Buffer {
  return signText(canonicalJson(statement), privateKey);
}

export function isSignedBy(
  statement: Statement,
  signature: Uint8Array,
  key: Pick<PublicKey, "publicKey">,
): boolean {
  return isTextSignedBy(canonicalJson(statement), signature, key);
}
