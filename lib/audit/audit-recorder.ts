/**
 * Notes down what happens too often, or too fast, for a transaction of its own: downloads, refusals and refused sign-ins.
 * They are gathered in memory and written once a second, so that nobody waits for it. Of what repeats within a minute (same
 * actor, address and object) the first is an entry by itself; the rest of that minute is one more, which says how often. A
 * flood therefore makes two entries a minute. A process that dies without `close` loses the last second, and the rest of the minute.
 */
import type { Database } from "#lib/db/client.ts";
import type { Logger } from "#lib/log.ts";
import { insertEntries, type NewEntry } from "./insert-entries.ts";

const FLUSH_MS = 1_000;
const MINUTE_MS = 60_000;
/** Different things noted within a minute; about 5 MB. Further ones are told in one entry of their action, by number only. */
const KEYS_MAX = 10_000;
/** Different objects that the entry of repeats counts. */
const NAMES_MAX = 20;

export type Happening = Omit<NewEntry, "at"> & {
  /** What is the same is counted together. */
  sameness: string;
  /** Of an answer with content. */
  bytes?: number;
};

type Repeats = { entry: NewEntry; requests: number; bytes: number; names: Set<string> };

export class AuditRecorder {
  readonly #db: Database;
  readonly #log: Logger;
  readonly #timer: NodeJS.Timeout;
  #new: NewEntry[] = [];
  #repeats = new Map<string, Repeats>();
  #minute = 0;
  #writing: Promise<void> | null = null;

  constructor(db: Database, log: Logger) {
    this.#db = db;
    this.#log = log;
    this.#timer = setInterval(() => void this.flush(), FLUSH_MS);
    this.#timer.unref();
  }

  /** Never throws and never waits. */
  note({ sameness, bytes, ...happening }: Happening): void {
    const at = new Date();
    this.#endMinute(at);
    const { action, model, version } = happening;
    const known = `${action} ${sameness}`;
    const isKnown = this.#repeats.has(known);
    const isTooMany = !isKnown && this.#repeats.size >= KEYS_MAX;
    const key = isTooMany ? `${action} others` : known;
    const repeats = this.#repeats.get(key);
    if (repeats === undefined) {
      const entry = isTooMany ? withoutDetail(happening, at) : { ...happening, at };
      this.#repeats.set(key, {
        entry,
        requests: isTooMany ? 1 : 0,
        bytes: isTooMany ? (bytes ?? 0) : 0,
        names: new Set(),
      });
      if (!isTooMany) this.#new.push(counted(entry, 1, bytes));
      return;
    }
    repeats.requests += 1;
    repeats.bytes += bytes ?? 0;
    if (model !== null && repeats.names.size < NAMES_MAX)
      repeats.names.add(version === null ? model : `${model} ${version}`);
  }

  /** Writes what is new; what cannot be written now waits. Never throws. */
  async flush(): Promise<void> {
    this.#endMinute(new Date());
    while (this.#writing) await this.#writing;
    if (this.#new.length === 0) return;
    this.#writing = this.#write().finally(() => {
      this.#writing = null;
    });
    await this.#writing;
  }

  /** Writes the rest. Before the chain ends and the database is disconnected. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#takeRepeats();
    await this.flush();
  }

  #endMinute(now: Date): void {
    const minute = Math.floor(now.getTime() / MINUTE_MS);
    if (minute === this.#minute) return;
    this.#minute = minute;
    this.#takeRepeats();
  }

  #takeRepeats(): void {
    for (const { entry, requests, bytes, names } of this.#repeats.values()) {
      if (requests === 0) continue;
      const [only] = names;
      const isOne = names.size === 1 && entry.model !== null && only?.split(" ")[0] === entry.model;
      this.#new.push({
        ...counted(entry, requests, bytes > 0 ? bytes : undefined),
        at: new Date(),
        requestId: null,
        ...(isOne || names.size === 0 ? {} : several(entry, requests, names.size)),
      });
    }
    this.#repeats.clear();
  }

  async #write(): Promise<void> {
    const batch = this.#new;
    this.#new = [];
    try {
      await insertEntries(this.#db, batch);
    } catch (error) {
      this.#log.warn({ operation: "record_audit", error }, "kept for the next attempt");
      this.#keep(batch);
    }
  }

  /** While the database is away entries wait here; beyond twice the keys of a minute they are lost, which is logged. */
  #keep(batch: NewEntry[]): void {
    const lost = Math.max(0, batch.length + this.#new.length - 2 * KEYS_MAX);
    this.#new = [...batch, ...this.#new].slice(0, 2 * KEYS_MAX);
    if (lost > 0) this.#log.error({ operation: "record_audit", lost }, "entries were lost");
  }
}

function counted(entry: NewEntry, requests: number, bytes: number | undefined): NewEntry {
  const detail = { ...entry.detail, requests, ...(bytes === undefined ? {} : { bytes }) };
  return { ...entry, detail };
}

/**
 * The repeats were about several objects. They are not named: who reads this entry, which is about no single model, may not see
 * all of them.
 */
function several(entry: NewEntry, requests: number, count: number) {
  return {
    model: null,
    version: null,
    detail: { ...entry.detail, requests, objects: count },
  };
}

/** Too many different things happened to tell them apart. */
function withoutDetail({ action }: { action: string }, at: Date): NewEntry {
  return {
    at,
    actor: { id: null, name: "several" },
    tokenId: null,
    address: null,
    requestId: null,
    action,
    model: null,
    version: null,
    detail: {},
  };
}
