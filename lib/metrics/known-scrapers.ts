/**
 * Which tokens have been let in to the metrics by this process. Whoever watches the registry has to see what becomes of it while the
 * database is away, and nobody can be asked then whether a token is still valid.
 */
import { createHash } from "node:crypto";

const KNOWN_FOR_MS = 24 * 60 * 60 * 1_000;
/** Each scraper has one; more are somebody's mistake, and the oldest are forgotten. */
const KNOWN_MAX = 100;

type Given = Pick<Headers, "get">;

export class KnownScrapers {
  /** When each was let in last, by the digest of its header; the oldest first. */
  readonly #letInAt = new Map<string, number>();

  remember(headers: Given, now: Date): void {
    const key = keyOf(headers);
    if (key === null) return;
    this.#letInAt.delete(key);
    this.#letInAt.set(key, now.getTime());
    const [oldest] = this.#letInAt.keys();
    if (this.#letInAt.size > KNOWN_MAX && oldest !== undefined) this.#letInAt.delete(oldest);
  }

  forget(headers: Given): void {
    this.#letInAt.delete(keyOf(headers) ?? "");
  }

  has(headers: Given, now: Date): boolean {
    const at = this.#letInAt.get(keyOf(headers) ?? "");
    return at !== undefined && now.getTime() - at < KNOWN_FOR_MS;
  }
}

function keyOf(headers: Given): string | null {
  const given = headers.get("authorization");
  return given === null ? null : createHash("sha256").update(given).digest("hex");
}
