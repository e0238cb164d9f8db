/**
 * Changes as they happen, across replicas: PostgreSQL LISTEN/NOTIFY on one connection per process,
 * handed to any number of subscribers.
 */
import pg from "pg";
import type { Database } from "#lib/db/client.ts";
import type { TransactionClient } from "#lib/db/transaction.ts";
import type { Logger } from "#lib/log.ts";
import { type ChangeEventWire, changeEventSchema } from "./schema.ts";
import { Subscription } from "./subscribe.ts";

export const EVENTS_CHANNEL = "registry_events";
/** Messages between processes that no reader of events is told of. */
const SIGNALS_CHANNEL = "registry_signals";
const LISTENER = "model-registry-events";
/** PostgreSQL refuses a notification of 8000 bytes or more. */
const PAYLOAD_MAX_BYTES = 7_999;
/**
 * Names are short by their schemas; an actor's name comes from elsewhere, so it is cut when the payload is too long.
 */
const ACTOR_CUT_LENGTH = 200;

const FIRST_RETRY_MS = 250;
const LONGEST_RETRY_MS = 10_000;
/** A query that gets no answer shows that the other end of the connection has vanished. */
const HEARTBEAT_MS = 30_000;
const QUERY_TIMEOUT_MS = 10_000;

/** Announces a change to all replicas; it goes out when, and only when, `tx` commits. */
export async function publishEvent(tx: TransactionClient, event: ChangeEventWire): Promise<void> {
  const payload = encodeEvent(event);
  await tx.$executeRaw`select pg_notify(${EVENTS_CHANNEL}, ${payload})`;
}

/** The payload of a notification, always below PostgreSQL's limit. */
export function encodeEvent(event: ChangeEventWire): string {
  const payload = JSON.stringify(event);
  if (Buffer.byteLength(payload) <= PAYLOAD_MAX_BYTES) return payload;
  return JSON.stringify({ ...event, actor: event.actor.slice(0, ACTOR_CUT_LENGTH) });
}

/** The `action` of the event for lost changes: its readers read the current state again. */
export const MISSED_ACTION = "events.missed";

/** An event with its position in this process; `id` never repeats, also not after a restart. */
export type NumberedEvent = { id: string; event: ChangeEventWire };

type Wanted = (event: ChangeEventWire) => boolean;

export class EventBus {
  readonly #url: string;
  readonly #log: Logger;
  readonly #epoch = Date.now().toString(36);
  #sequence = 0;
  readonly #subscriptions = new Map<Subscription<NumberedEvent>, Wanted>();
  #client: pg.Client | null = null;
  #timer: NodeJS.Timeout | undefined;
  #failures = 0;
  #isStarted = false;
  #isListening = false;
  #hearSignal: (text: string) => void = () => {};
  #isClosed = false;

  /** Connects with the first subscriber; `url` is that of the database. */
  constructor(url: string, log: Logger) {
    this.#url = url;
    this.#log = log;
  }

  get subscriberCount(): number {
    return this.#subscriptions.size;
  }

  /** Whether changes are heard of now. While the connection is lost, they are missed. */
  get isListening(): boolean {
    return this.#isListening;
  }

  /** What processes tell each other, this one's own messages included. */
  hearSignals(hear: (text: string) => void): void {
    this.#hearSignal = hear;
  }

  async sendSignal(db: Database, text: string): Promise<void> {
    await db.$executeRaw`select pg_notify(${SIGNALS_CHANNEL}, ${text})`;
  }

  /** How many processes listen, this one included. */
  async countListeners(db: Database): Promise<number> {
    const [row] = await db.$queryRaw<{ count: bigint }[]>`
      select count(*) as count from pg_stat_activity
      where datname = current_database() and application_name = ${LISTENER}`;
    return Number(row?.count ?? 0);
  }

  /** The id of the newest event that this process has seen. */
  get lastId(): string {
    return `${this.#epoch}-${this.#sequence}`;
  }

  /**
   * Events from now on. Each time the connection is (re)established, the first one included, every
   * subscriber is given one `events.missed`, because what happened before it is not known. `isWanted` decides about all
   * other events.
   */
  subscribe(isWanted: Wanted = () => true): Subscription<NumberedEvent> {
    const subscription = new Subscription<NumberedEvent>(
      () => this.missed(),
      (closed) => this.#subscriptions.delete(closed),
    );
    if (this.#isClosed) {
      subscription.close();
      return subscription;
    }
    this.#subscriptions.set(subscription, isWanted);
    if (!this.#isStarted) {
      this.#isStarted = true;
      void this.#connect();
    }
    return subscription;
  }

  missed(): NumberedEvent {
    const at = new Date().toISOString();
    return {
      id: this.lastId,
      event: { action: MISSED_ACTION, model: null, version: null, actor: "registry", at },
    };
  }

  /** Ends every subscription and the connection. Safe to call twice. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#isListening = false;
    clearTimeout(this.#timer);
    for (const subscription of [...this.#subscriptions.keys()]) subscription.close();
    const client = this.#client;
    this.#client = null;
    await client?.end().catch(() => undefined);
  }

  async #connect(): Promise<void> {
    const client = new pg.Client({
      connectionString: this.#url,
      application_name: LISTENER,
      connectionTimeoutMillis: QUERY_TIMEOUT_MS,
      query_timeout: QUERY_TIMEOUT_MS,
      keepAlive: true,
    });
    this.#client = client;
    client.on("notification", ({ channel, payload = "" }) =>
      channel === SIGNALS_CHANNEL ? this.#hearSignal(payload) : this.#receive(payload),
    );
    client.on("error", (error) => this.#retry(client, error));
    client.on("end", () => this.#retry(client, null));
    try {
      await client.connect();
      await client.query(`listen ${EVENTS_CHANNEL}`);
      await client.query(`listen ${SIGNALS_CHANNEL}`);
    } catch (error) {
      this.#retry(client, error);
      return;
    }
    if (this.#client !== client) return;
    this.#failures = 0;
    this.#isListening = true;
    this.#sequence += 1;
    this.#deliver(this.missed());
    this.#beat(client);
  }

  #beat(client: pg.Client): void {
    this.#timer = setTimeout(() => {
      client.query("select 1").then(
        () => this.#client === client && this.#beat(client),
        (error) => this.#retry(client, error),
      );
    }, HEARTBEAT_MS);
    this.#timer.unref();
  }

  /** Runs once per connection, whichever of its signs of death comes first. */
  #retry(client: pg.Client, error: unknown): void {
    if (this.#isClosed || this.#client !== client) return;
    this.#client = null;
    this.#isListening = false;
    clearTimeout(this.#timer);
    client.end().catch(() => undefined);
    const longest = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** this.#failures);
    const delayMs = longest * (0.5 + Math.random() / 2);
    this.#failures += 1;
    this.#log.warn({ operation: "listen_events", error, retry_ms: delayMs }, "connection lost");
    this.#timer = setTimeout(() => void this.#connect(), delayMs);
    this.#timer.unref();
  }

  #receive(payload: string): void {
    let parsed: unknown;
    try {
      parsed = JSON.parse(payload);
    } catch {
      parsed = null;
    }
    const result = changeEventSchema.safeParse(parsed);
    if (!result.success) {
      this.#log.warn({ operation: "listen_events" }, "a notification is not an event");
      return;
    }
    this.#sequence += 1;
    this.#deliver({ id: this.lastId, event: result.data });
  }

  #deliver(event: NumberedEvent): void {
    const isForAll = event.event.action === MISSED_ACTION;
    for (const [subscription, isWanted] of this.#subscriptions)
      if (isForAll || isWanted(event.event)) subscription.push(event);
  }
}
