/**
 * The Ed25519 keys that tokens are signed with. They are in the database, so that all servers sign and verify with the same
 * ones. A new key is published a day before it signs anything: whoever verifies by our JWKS has it by then.
 */
import {
  type CryptoKey,
  calculateJwkThumbprint,
  exportJWK,
  generateKeyPair,
  importJWK,
  type JWK,
} from "jose";
import type { Database } from "#lib/db/client.ts";
import { databaseNow } from "#lib/db/database-clock.ts";
import type { SigningKey } from "#lib/db/generated/client.ts";
import { inTransaction, type TransactionClient } from "#lib/db/transaction.ts";

export const ALGORITHM = "EdDSA";
const DAY_MS = 24 * 60 * 60 * 1000;
const ROTATE_AFTER_MS = 90 * DAY_MS;
const PUBLISHED_AHEAD_MS = DAY_MS;
/** No token lives longer, so that no key has to be kept longer after it has signed its last one. */
export const TOKEN_LIFE_MAX_MS = 366 * DAY_MS;
/** Another server may have made or removed a key meanwhile, and its announcement may be lost. */
const FRESH_MS = 5_000;

type LoadedKey = {
  kid: string;
  activeAt: Date;
  publicJwk: JWK;
  verify: CryptoKey;
  sign: CryptoKey;
};
export type KeyState = "next" | "active" | "retiring";

export class SigningKeys {
  readonly #db: Database;
  #keys: Promise<LoadedKey[]> | null = null;
  #loadedAt = 0;

  constructor(db: Database) {
    this.#db = db;
  }

  /** The key that signs now. */
  async signer(): Promise<{ kid: string; key: CryptoKey }> {
    const keys = await this.#load();
    const active = keys.findLast(({ activeAt }) => activeAt.getTime() <= Date.now()) ?? keys[0];
    if (active === undefined) throw new Error("there is no signing key");
    return { kid: active.kid, key: active.sign };
  }

  async verifier(kid: string): Promise<CryptoKey | null> {
    const keys = await this.#load();
    return keys.find((key) => key.kid === kid)?.verify ?? null;
  }

  /** The JWKS (RFC 7517), the newest key first. */
  async published(): Promise<{ keys: JWK[] }> {
    const keys = await this.#load();
    return { keys: keys.map(({ publicJwk }) => publicJwk).reverse() };
  }

  /** Adds a key that signs from tomorrow on. `revokeOthers` is for keys that may be known to somebody: it signs at once, and their tokens end. */
  async rotate({ revokeOthers = false } = {}): Promise<void> {
    await inTransaction(this.#db, async (tx) => {
      await lockKeys(tx);
      if (revokeOthers) await tx.signingKey.deleteMany();
      await addKey(tx, revokeOthers ? 0 : PUBLISHED_AHEAD_MS);
    });
    this.#keys = null;
  }

  /** Makes the next key when the newest one is old, and forgets those whose tokens have all expired. Safe on several servers. */
  async maintain(): Promise<void> {
    await inTransaction(this.#db, async (tx) => {
      await lockKeys(tx);
      const now = (await databaseNow(tx)).getTime();
      const keys = await tx.signingKey.findMany({ orderBy: { activeAt: "asc" } });
      const newest = keys.at(-1);
      if (newest && newest.activeAt.getTime() + ROTATE_AFTER_MS < now)
        await addKey(tx, PUBLISHED_AHEAD_MS);
      const over = keys.filter((_, at) => {
        const successor = keys[at + 1];
        return successor && successor.activeAt.getTime() + TOKEN_LIFE_MAX_MS < now;
      });
      await tx.signingKey.deleteMany({ where: { kid: { in: over.map(({ kid }) => kid) } } });
    });
    this.#keys = null;
  }

  async states(): Promise<{ kid: string; state: KeyState; activeAt: Date }[]> {
    this.forget();
    const keys = await this.#load();
    const now = Date.now();
    const active = keys.findLastIndex(({ activeAt }) => activeAt.getTime() <= now);
    return keys.map(({ kid, activeAt }, at) => ({
      kid,
      activeAt,
      state: at === active ? "active" : at < active ? "retiring" : "next",
    }));
  }

  /** Another server has changed them. */
  forget(): void {
    this.#keys = null;
  }

  #load(): Promise<LoadedKey[]> {
    const now = performance.now();
    if (this.#keys !== null && now - this.#loadedAt < FRESH_MS) return this.#keys;
    this.#loadedAt = now;
    const loading = readKeys(this.#db);
    this.#keys = loading;
    loading.catch(() => {
      if (this.#keys === loading) this.#keys = null;
    });
    return loading;
  }
}

async function readKeys(db: Database): Promise<LoadedKey[]> {
  const find = (from: Database | TransactionClient) =>
    from.signingKey.findMany({ orderBy: { activeAt: "asc" } });
  let rows = await find(db);
  if (rows.length === 0)
    rows = await inTransaction(db, async (tx) => {
      await lockKeys(tx);
      if ((await tx.signingKey.count()) === 0) await addKey(tx, 0);
      return find(tx);
    });
  return Promise.all(rows.map(toKey));
}

async function toKey({ kid, activeAt, publicJwk, privateJwk }: SigningKey): Promise<LoadedKey> {
  const [verify, sign] = await Promise.all([
    importJWK(publicJwk as JWK, ALGORITHM),
    importJWK(privateJwk as JWK, ALGORITHM),
  ]);
  if (verify instanceof Uint8Array || sign instanceof Uint8Array)
    throw new Error(`the signing key ${kid} is no Ed25519 key`);
  return { kid, activeAt, publicJwk: publicJwk as JWK, verify, sign };
}

async function addKey(tx: TransactionClient, inMs: number): Promise<void> {
  const { publicKey, privateKey } = await generateKeyPair(ALGORITHM, { extractable: true });
  const publicJwk = await exportJWK(publicKey);
  const kid = await calculateJwkThumbprint(publicJwk);
  const described = { kid, alg: ALGORITHM, use: "sig" };
  await tx.signingKey.create({
    data: {
      kid,
      publicJwk: { ...publicJwk, ...described } as object,
      privateJwk: { ...(await exportJWK(privateKey)), ...described } as object,
      activeAt: new Date((await databaseNow(tx)).getTime() + inMs),
    },
  });
}

async function lockKeys(tx: TransactionClient): Promise<void> {
  await tx.$executeRaw`lock table signing_key in share row exclusive mode`;
}
