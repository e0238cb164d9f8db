/** What a backup holds, as it says itself. Read from outside, so every part is checked before it is believed. */
import { createHash } from "node:crypto";
import { z } from "zod";
import {
  isTextSignedBy,
  type SigningKey,
  shortPublicKey,
  signText,
} from "#lib/audit/audit-keys.ts";
import { RegistryError } from "#lib/errors.ts";
import { backupFolder } from "#lib/storage/backup-layout.ts";
import type { BackupTarget } from "./target.ts";

export const FORMAT = 1;

const NAME = z.string().regex(/^[a-z][a-z0-9_]{0,62}$/);
const count = z.number().int().nonnegative();
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const time = z.iso.datetime();

/** A file of rows: its content before it is compressed. */
const rowsSchema = z.strictObject({ rows: count, bytes: count, sha256 });
export type Rows = z.infer<typeof rowsSchema>;

export const manifestSchema = z.strictObject({
  format: z.literal(FORMAT),
  id: z.string(),
  /** The moment of the snapshot, by the database's clock. */
  created_at: time,
  finished_at: time,
  /** The release that made it, and its database. */
  release: z.string(),
  database: z.string(),
  migrations: z.array(z.string().regex(/^[0-9]{14}_[a-z0-9_]+$/)),
  tables: z.array(rowsSchema.extend({ name: NAME, columns: z.array(NAME) })),
  /** Tables whose rows are left out: lib/backup/tables.ts says why. */
  excluded: z.array(NAME),
  sequences: z.array(
    z.strictObject({
      name: NAME,
      last_value: z.string().regex(/^\d{1,19}$/),
      is_called: z.boolean(),
    }),
  ),
  /** The list of blobs, the sum of their lengths, and what of it this backup has added. */
  blobs: rowsSchema.extend({ size_bytes: count, new_blobs: count, new_bytes: count }),
  /** Blobs that could not be read when the backup was made, and that no earlier one had. */
  missing: z.array(z.strictObject({ sha256, reason: z.string() })),
});
export type Manifest = z.infer<typeof manifestSchema>;

export const manifestKey = (id: string) => `${backupFolder(id)}manifest.json`;
export const blobListKey = (id: string) => `${backupFolder(id)}blobs.zst`;

/** How a manifest is kept: the digest tells damage, the signature who made it. Both are of the JSON without spaces. */
const sealedSchema = z.strictObject({
  manifest: z.unknown(),
  sha256,
  /** PEM (SPKI) of an Ed25519 key of the registry. */
  public_key: z.string().max(1000),
  /** Base64. */
  signature: z.base64(),
});

/** The last step of a backup. */
export async function writeManifest(
  target: BackupTarget,
  manifest: Manifest,
  { publicKey, privateKey }: SigningKey,
): Promise<void> {
  const signature = signText(textOf(manifest), privateKey).toString("base64");
  const sealed = { manifest, sha256: digestOf(manifest), public_key: publicKey, signature };
  await target.putDocument(manifestKey(manifest.id), `${JSON.stringify(sealed, null, 1)}\n`);
}

/**
 * Throws `not_found` where there is no such backup, `storage_corrupt` for a manifest that is damaged or not of a backup, and
 * `unavailable` for one of a later format.
 */
export async function readManifest(target: BackupTarget, id: string): Promise<Manifest> {
  return (await readSignedManifest(target, id)).manifest;
}

/** The same with the public key that signed it, as the server prints its own at its start. */
export async function readSignedManifest(
  target: BackupTarget,
  id: string,
): Promise<{ manifest: Manifest; signedBy: string }> {
  let text: string;
  try {
    text = await target.getDocument(manifestKey(id));
  } catch (error) {
    if (error instanceof RegistryError && error.code === "blob_not_found") throw noBackup(id);
    throw error;
  }
  const { manifest, sha256: expected, public_key: publicKey, signature } = parseSealed(text, id);
  const format = (manifest as { format?: unknown } | null)?.format;
  if (typeof format === "number" && format > FORMAT)
    throw new RegistryError(
      "unavailable",
      `The backup ${id} was made by a later release; use that one.`,
    );
  const parsed = manifestSchema.safeParse(manifest);
  if (!parsed.success || parsed.data.id !== id || digestOf(manifest) !== expected)
    throw damaged(id, parsed.error);
  return { manifest: parsed.data, signedBy: findSigner(id, manifest, { publicKey, signature }) };
}

function findSigner(
  id: string,
  manifest: unknown,
  { publicKey, signature }: { publicKey: string; signature: string },
): string {
  try {
    if (isTextSignedBy(textOf(manifest), Buffer.from(signature, "base64"), { publicKey }))
      return shortPublicKey({ publicKey });
  } catch (cause) {
    throw damaged(id, cause);
  }
  throw damaged(id);
}

export function noBackup(id: string): RegistryError {
  return new RegistryError("not_found", `There is no backup ${id}.`);
}

function parseSealed(text: string, id: string): z.output<typeof sealedSchema> {
  try {
    return sealedSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw damaged(id, cause);
  }
}

/** Without spaces; the keys are in the order in which they were written. */
const textOf = (manifest: unknown) => JSON.stringify(manifest);

function digestOf(manifest: unknown): string {
  return createHash("sha256").update(textOf(manifest)).digest("hex");
}

function damaged(id: string, cause?: unknown): RegistryError {
  return new RegistryError("storage_corrupt", `The manifest of the backup ${id} is damaged.`, {
    cause,
  });
}
