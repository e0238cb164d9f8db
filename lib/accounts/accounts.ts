/** What this process has of accounts: keys, the credentials that it has verified, and who they stand for. */
import type { Database } from "#lib/db/client.ts";
import { Directory } from "./directory.ts";
import { Everywhere, type Signals } from "./everywhere.ts";
import { Identification } from "./identify.ts";
import { Jwts } from "./jwt.ts";
import { Limits } from "./limits.ts";
import { SigningKeys } from "./signing-keys.ts";

/** Changes after which somebody may do more or less than before. A model's visibility is in its row, which is read each time. */
export function changesRights(action: string): boolean {
  return /^(account|group|grant)\.|^(token\.revoked|session\.ended|model\.(created|renamed|purged))$/.test(
    action,
  );
}

export class Accounts {
  readonly keys: SigningKeys;
  readonly jwts: Jwts;
  readonly directory: Directory;
  readonly identification: Identification;
  readonly limits: Limits;
  readonly #everywhere: Everywhere;

  /** While `signals` says that nothing is heard of other processes, nothing is remembered. */
  constructor(
    db: Database,
    signals: Signals,
    settings: { authRequired: boolean; requestsPerMinute: number },
  ) {
    this.keys = new SigningKeys(db);
    this.jwts = new Jwts(this.keys);
    this.directory = new Directory(db, () => signals.isListening);
    this.limits = new Limits(db, settings);
    this.identification = new Identification(this.jwts, this.directory, settings);
    this.#everywhere = new Everywhere(db, signals, () => this.forget());
  }

  /** Everybody is asked about again, by this process. */
  forget(): void {
    this.directory.forget();
    this.keys.forget();
  }

  /** The same by all processes, before a change is answered: it holds from the next request on, wherever that comes to. */
  forgetEverywhere(): Promise<void> {
    return this.#everywhere.forget();
  }

  /** Another process has made a change. */
  hear(action: string): void {
    if (changesRights(action)) this.forget();
  }

  async close(): Promise<void> {
    await this.directory.close();
  }
}
