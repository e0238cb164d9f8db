/** Passwords as Argon2id hashes in PHC form. Hashing runs in Node's thread pool, never on the event loop. */
import { randomBytes } from "node:crypto";
import { hash, verify } from "@node-rs/argon2";

/**
 * OWASP's recommendation for Argon2id (Password Storage Cheat Sheet, 2025). A hash with other parameters stays valid:
 * PHC form has its own.
 */
const ARGON2ID = 2;
const PARAMETERS = { algorithm: ARGON2ID, memoryCost: 19_456, timeCost: 2, parallelism: 1 };

/** Compared with where there is no password, so that an unknown user takes as long as a wrong password. */
let nobodys: Promise<string> | undefined;

export function hashPassword(password: string): Promise<string> {
  return hash(normalize(password), PARAMETERS);
}

/** False for `null`, after the same work. */
export async function isPassword(known: string | null, password: string): Promise<boolean> {
  nobodys ??= hashPassword(randomBytes(32).toString("hex"));
  const isSame = await verify(known ?? (await nobodys), normalize(password));
  return isSame && known !== null;
}

/** Keyboards differ in how they compose a letter with its accent. */
function normalize(password: string): string {
  return password.normalize("NFKC");
}
