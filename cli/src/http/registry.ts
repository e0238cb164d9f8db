/** Questions to the registry: its address and token, patience, refusals as failures, answers in their shape. */
import type { ClientRequest, IncomingMessage } from "node:http";
import * as z from "zod/mini";
import { EXIT } from "../exit-codes.ts";
import { Failure } from "../failure.ts";
import type { Translate } from "../messages/translate.ts";
import { printable } from "../terminal/printable.ts";
import { VERSION } from "../version.ts";
import { Attempts, PATIENCE, type Patience, parseRetryAfter } from "./attempts.ts";
import { compareVersions } from "./compatibility.ts";
import { codeOf, exchange, type Outgoing, type Trouble, troubleOf } from "./exchange.ts";
import { isJson, parseJson } from "./json-text.ts";
import { type Query, queryText } from "./paths.ts";
import { pause } from "./pause.ts";
import { readText, TooLong } from "./read-text.ts";
import { isTemporary, refusalOf } from "./refusal.ts";

export type Call = {
  method: Outgoing["method"];
  /** Below `/api/v1`, encoded. */
  path: string;
  query?: Query;
  json?: unknown;
  body?: (request: ClientRequest) => Promise<void>;
  headers?: Record<string, string>;
  /** May be sent again when its answer was lost. */
  isRepeatable?: boolean;
  patience?: Patience;
  /** Ends this call only. */
  signal?: AbortSignal;
};

/** A question of a person; completing 100 GB and reading a large model's facts take minutes. */
const IDLE_MS = 600_000;
const HEALTH_IDLE_MS = 10_000;
/** 10,000 files with paths of 1 KiB, and their findings, are 30 MB. */
const JSON_MAX_BYTES = 64 * 1024 * 1024;
const SAY_EVERY_MS = 10_000;
const HEALTH_MAX_BYTES = 64 * 1024;
const REPEATABLE = new Set(["GET", "HEAD", "PUT"]);
const healthSchema = z.object({ status: z.string(), version: z.optional(z.string()) });

export class Registry {
  readonly url: string;
  readonly #token: string | null;
  readonly #t: Translate;
  readonly #signal: AbortSignal;
  readonly #onWait: (seconds: number) => void;
  #isChecked: Promise<void> | null = null;
  #saidAt = 0;

  constructor(options: {
    url: string;
    token: string | null;
    t: Translate;
    signal: AbortSignal;
    onWait: (seconds: number) => void;
  }) {
    this.url = options.url;
    this.#token = options.token;
    this.#t = options.t;
    this.#signal = options.signal;
    this.#onWait = options.onWait;
  }

  /** The answer's JSON, all of it, once it has the shape. Throws Failure. */
  async json<T>(call: Call, schema: z.ZodMiniType<T>): Promise<T> {
    const answer = await this.open(call);
    const text = await this.#read(answer, JSON_MAX_BYTES);
    const value = isJson(answer) ? parseJson(text) : undefined;
    const parsed = schema.safeParse(value);
    if (parsed.success) return value as T;
    const place = parsed.error.issues[0]?.path.join("/") ?? "";
    throw this.#notARegistry(`${call.method} ${call.path} ${place}`);
  }

  /** For answers without content. */
  async send(call: Call): Promise<void> {
    const answer = await this.open(call);
    await this.#read(answer, JSON_MAX_BYTES);
  }

  /** An answer below 400, with its body still to be read. Throws Failure. */
  async open(call: Call): Promise<IncomingMessage> {
    this.#isChecked ??= this.#checkVersion();
    await this.#isChecked;
    const url = `${this.url}/api/v1${call.path}${queryText(call.query)}`;
    const isRepeatable = call.isRepeatable ?? REPEATABLE.has(call.method);
    const attempts = new Attempts(call.patience ?? PATIENCE.question);
    for (;;) {
      const answer = await this.#attempt(url, this.#outgoing(call), attempts, isRepeatable);
      if (answer === null) continue;
      const status = answer.statusCode ?? 0;
      if (status >= 200 && status < 300) return answer;
      if (status >= 300 && status < 400) throw this.#redirected(answer);
      const refusal = await this.#refusal(answer);
      const asked = parseRetryAfter(answer.headers["retry-after"], Date.now());
      const delay = isTemporary(refusal) ? attempts.next("busyMs", asked) : null;
      if (delay === null) throw refusal;
      await this.#wait(delay, call.signal ?? this.#signal);
    }
  }

  /** Path and headers of a GET, for who has a connection of his own. The server's version has been looked at. */
  async plainRequest(
    path: string,
    query: Query,
  ): Promise<{ path: string; headers: Record<string, string> }> {
    this.#isChecked ??= this.#checkVersion();
    await this.#isChecked;
    const { pathname } = new URL(this.url);
    const base = pathname.replace(/\/$/, "");
    return { path: `${base}/api/v1${path}${queryText(query)}`, headers: this.#headers() };
  }

  /** The answer of `/healthz`, or null where something before the server hides it. */
  async health(
    patience: Patience,
  ): Promise<{ version: string | null; date: string | null } | null> {
    const attempts = new Attempts(patience);
    for (;;) {
      const outgoing = { method: "GET", headers: this.#headers(), idleMs: HEALTH_IDLE_MS } as const;
      const answer = await this.#attempt(
        `${this.url}/healthz`,
        { ...outgoing, signal: this.#signal },
        attempts,
        true,
      );
      if (answer === null) continue;
      const text = await this.#read(answer, HEALTH_MAX_BYTES);
      if (answer.statusCode !== 200) return null;
      const health = healthSchema.safeParse(parseJson(text));
      if (!health.success) throw this.#notARegistry("GET /healthz");
      return { version: health.data.version ?? null, date: answer.headers.date ?? null };
    }
  }

  /** Waits before the next attempt, and says so when it takes long; parts in parallel say it once. */
  async #wait(delayMs: number, signal: AbortSignal): Promise<void> {
    const now = Date.now();
    if (delayMs >= 1_000 && now - this.#saidAt > SAY_EVERY_MS) {
      this.#saidAt = now;
      this.#onWait(Math.round(delayMs / 1000));
    }
    await pause(delayMs, signal);
  }

  /** Null: another attempt is due, and has been waited for. */
  async #attempt(
    url: string,
    outgoing: Outgoing,
    attempts: Attempts,
    isRepeatable: boolean,
  ): Promise<IncomingMessage | null> {
    try {
      return await exchange(url, outgoing);
    } catch (error) {
      outgoing.signal.throwIfAborted();
      if (error instanceof Failure) throw error;
      const trouble = troubleOf(error);
      const mayRepeat = trouble === "unsent" || (trouble === "cut" && isRepeatable);
      const delay = mayRepeat ? attempts.next("silentMs") : null;
      if (delay === null) throw this.#silent(trouble, error);
      await this.#wait(delay, outgoing.signal);
      return null;
    }
  }

  /** The first contact: a wrong address is told soon, also by a transfer. */
  async #checkVersion(): Promise<void> {
    const health = await this.health(PATIENCE.question);
    // A proxy that hides /healthz is not held against the server.
    if (health === null) return;
    const fit = compareVersions(health.version, VERSION);
    if (fit === "fits") return;
    const values = {
      url: this.url,
      version: printable(health.version ?? "?").slice(0, 40),
      own: VERSION,
    };
    const key = health.version === null ? "version.untold" : (`version.${fit}` as const);
    throw new Failure(EXIT.incompatible, this.#t(key, values));
  }

  #outgoing(call: Call): Outgoing {
    const json = call.json === undefined ? undefined : JSON.stringify(call.json);
    const type: Record<string, string> =
      json === undefined ? {} : { "content-type": "application/json" };
    return {
      method: call.method,
      headers: { ...this.#headers(), ...type, ...call.headers },
      body: call.body ?? json,
      idleMs: IDLE_MS,
      signal: call.signal ? AbortSignal.any([call.signal, this.#signal]) : this.#signal,
    };
  }

  #headers(): Record<string, string> {
    const own = { accept: "application/json, */*", "user-agent": `model-registry-cli/${VERSION}` };
    return this.#token === null ? own : { ...own, authorization: `Bearer ${this.#token}` };
  }

  async #read(answer: IncomingMessage, maxBytes: number): Promise<string> {
    try {
      return await readText(answer, maxBytes);
    } catch (error) {
      this.#signal.throwIfAborted();
      if (error instanceof TooLong) throw this.#notARegistry(error.message);
      throw this.#silent(troubleOf(error), error);
    }
  }

  async #refusal(answer: IncomingMessage): Promise<Failure> {
    const text = await this.#read(answer, JSON_MAX_BYTES);
    const id = answer.headers["x-request-id"];
    return refusalOf(
      {
        status: answer.statusCode ?? 0,
        text: isJson(answer) ? text : "",
        requestId: typeof id === "string" ? id : null,
      },
      { url: this.url, hasToken: this.#token !== null },
      this.#t,
    );
  }

  #redirected(answer: IncomingMessage): Failure {
    answer.destroy();
    // Not followed: the token would go to a server that nobody named.
    const to = printable(answer.headers.location ?? "?").slice(0, 200);
    return new Failure(EXIT.incompatible, this.#t("http.redirected", { url: this.url, to }));
  }

  #notARegistry(where: string): Failure {
    return new Failure(
      EXIT.incompatible,
      this.#t("http.notARegistry", { url: this.url, where: printable(where).trim().slice(0, 200) }),
    );
  }

  #silent(trouble: Trouble, cause: unknown): Failure {
    const values = { url: this.url, why: codeOf(cause) || String(cause) };
    if (trouble === "not-http") return this.#notARegistry(values.why);
    const key = trouble === "certificate" ? "http.certificate" : "http.silent";
    return new Failure(EXIT.unreachable, this.#t(key, values), { cause });
  }
}
