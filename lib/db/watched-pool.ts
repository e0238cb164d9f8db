/**
 * The connections to PostgreSQL, cut when it does not answer any more: whoever waits for it hears so within seconds.
 */
import { AsyncResource } from "node:async_hooks";
import pg from "pg";
import { isTracing } from "#lib/tracing/span.ts";
import { DatabasePulse } from "./database-pulse.ts";
import { traceQueries } from "./traced-queries.ts";

type Taken = (
  error: Error | undefined,
  client: pg.PoolClient | undefined,
  done: (release?: unknown) => void,
) => void;

export type PoolSettings = pg.PoolConfig & {
  /** Called when the database stops answering, and when it answers again. */
  onChange: (isSilent: boolean) => void;
};

/** The error by which the adapter knows a connection that timed out, or that the other side closed. */
class ConnectionError extends Error {
  readonly code: "ETIMEDOUT" | "ECONNRESET";
  readonly errno = -1;
  readonly syscall = "read";

  constructor(code: "ETIMEDOUT" | "ECONNRESET", message: string) {
    super(message);
    this.code = code;
  }
}

const silence = () => new ConnectionError("ETIMEDOUT", "the database does not answer");

/**
 * The error by which the adapter knows PostgreSQL's own refusal: all connections of this process were in use for too
 * long.
 */
class PoolExhausted extends Error {
  readonly code = "53300";
  readonly severity = "FATAL";
}

class CodedClient extends pg.Client {
  #isOver = false;

  constructor(config?: string | pg.ClientConfig) {
    super(config);
    this.connection.once("error", () => {
      this.#isOver = true;
    });
    // `pg` says only in words that the other side has closed; this listener comes before it and says so by a code.
    this.connection.once("end", () => {
      if (!this.#isOver)
        this.connection.emit("error", new ConnectionError("ECONNRESET", "the connection was cut"));
    });
  }

  override end(): Promise<void>;
  override end(callback: (error: Error) => void): void;
  override end(callback?: (error: Error) => void): Promise<void> | void {
    this.#isOver = true;
    return callback === undefined ? super.end() : super.end(callback);
  }
}

export class WatchedPool extends pg.Pool {
  readonly #pulse: DatabasePulse;
  readonly #clients: Set<pg.Client>;
  readonly #waiting = new Set<(error: Error) => void>();

  constructor({ onChange, ...config }: PoolSettings) {
    const clients = new Set<pg.Client>();
    class ListedClient extends CodedClient {
      constructor(settings?: string | pg.ClientConfig) {
        super(settings);
        if (isTracing()) traceQueries(this);
        clients.add(this);
        this.connection.once("end", () => clients.delete(this));
      }
    }
    super({ ...config, Client: ListedClient });
    this.#clients = clients;
    const { connectionString, application_name: name } = config;
    this.#pulse = new DatabasePulse(
      { connectionString, application_name: `${name}-pulse` },
      {
        isAwaited: () => this.#waiting.size > 0 || this.totalCount > this.idleCount,
        onSilence: (isNew) => {
          this.#cut();
          if (isNew) onChange(true);
        },
        onReturn: () => onChange(false),
      },
    );
  }

  override connect(): Promise<pg.PoolClient>;
  override connect(taken: Taken): void;
  override connect(taken?: Taken): Promise<pg.PoolClient> | undefined {
    if (taken !== undefined) {
      this.#connect(taken);
      return;
    }
    return new Promise((resolve, reject) => {
      this.#connect((error, client) => (client ? resolve(client) : reject(error)));
    });
  }

  override end(): Promise<void>;
  override end(callback: () => void): void;
  override end(callback?: () => void): Promise<void> | void {
    this.#pulse.stop();
    return callback === undefined ? super.end() : super.end(callback);
  }

  #connect(asked: Taken): void {
    // A connection that is handed on is handed on by the request that had it, and is to be traced with its new one.
    const taken = isTracing() ? AsyncResource.bind(asked) : asked;
    if (this.#pulse.isSilent) {
      process.nextTick(taken, silence(), undefined, () => undefined);
      return;
    }
    const giveUp = (error: Error) => taken(error, undefined, () => undefined);
    this.#waiting.add(giveUp);
    super.connect((error, client, done) => {
      // The caller has given up already: the connection is for somebody else.
      if (!this.#waiting.delete(giveUp)) return done?.();
      if (error && !("code" in error)) error = new PoolExhausted("no connection was free in time");
      taken(error, client, done);
    });
  }

  /** Fails everything that waits for the database; PostgreSQL rolls back what it had not committed. */
  #cut(): void {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const giveUp of waiting) giveUp(silence());
    for (const client of this.#clients) client.connection.stream.destroy(silence());
  }
}
