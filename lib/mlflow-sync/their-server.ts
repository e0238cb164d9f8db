/** Requests to the other server: by the address and with the credential of a rule, within bounds of time and size. */
import type { IncomingMessage } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { RegistryError } from "#lib/errors.ts";
import type { AddressPolicy } from "#lib/outgoing/address-policy.ts";
import { OutgoingError } from "#lib/outgoing/outgoing-error.ts";
import { type OutgoingRequest, sendRequest } from "#lib/outgoing/send-request.ts";
import { TheirError } from "./their-error.ts";
import { toTheirError } from "./their-refusal.ts";
import { PATIENCE, type Patience, withinPatience } from "./within-patience.ts";

/** A page of models with all their tags; tags may have 100,000 characters each. */
const JSON_MAX_BYTES = 64 * 1024 * 1024;

const ATTEMPTS = 3;

export type TheirAddress = {
  trackingUri: string;
  username: string | null;
  secret: string | null;
};
export type Given = Record<string, string | number | boolean | readonly unknown[]>;

export class TheirServer {
  readonly baseUrl: string;
  requests = 0;
  /** Requests without an answer since the last one that got one. */
  silences = 0;
  readonly #headers: Record<string, string>;
  readonly #mayReach: AddressPolicy;
  readonly #signal: AbortSignal;
  readonly patience: Patience;

  constructor(
    address: TheirAddress,
    tools: { mayReach: AddressPolicy; signal: AbortSignal; patience?: Patience },
  ) {
    this.baseUrl = address.trackingUri.replace(/\/+$/, "");
    this.#headers = {
      Accept: "*/*",
      "Accept-Encoding": "identity",
      "User-Agent": "cluster-ai-model-registry",
      ...credentialOf(address),
    };
    this.#mayReach = tools.mayReach;
    this.#signal = tools.signal;
    this.patience = tools.patience ?? PATIENCE;
  }

  /** GET, which is asked again where it may help. Throws TheirError. */
  async get(path: string, query: Given = {}): Promise<unknown> {
    const search = new URLSearchParams();
    for (const [name, value] of Object.entries(query))
      for (const item of [value].flat()) search.append(name, String(item));
    const url = `${this.baseUrl}${path}?${search}`;
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#json({ url, method: "GET", headers: {} });
      } catch (error) {
        if (attempt >= ATTEMPTS || this.#signal.aborted || !mayHelp(error)) throw error;
      }
      await sleep(this.patience.pauseMs * 2 ** (attempt - 1), undefined, { signal: this.#signal });
    }
  }

  /** What changes something is asked once: nobody knows whether it was done. Throws TheirError. */
  change(method: "POST" | "PATCH" | "DELETE", path: string, body: Given): Promise<unknown> {
    return this.#json({
      url: `${this.baseUrl}${path}`,
      method,
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
  }

  /** A file; its bytes come as they are read. Throws TheirError, also while it is read. */
  async open(
    path: string,
  ): Promise<{ sizeBytes: number | null; bytes: AsyncGenerator<Uint8Array> }> {
    const request = { url: `${this.baseUrl}${path}`, method: "GET", headers: {} } as const;
    return withinPatience(this.patience, this.#signal, async (patience) => {
      const answer = await this.#send(request, patience.signal);
      if (answer.statusCode !== 200 || answer.headers["content-encoding"]) {
        const error = await toTheirError(answer);
        patience.end();
        throw error;
      }
      // Whoever never reads it is not to hear of its end either.
      answer.on("error", () => undefined);
      const length = answer.headers["content-length"];
      const sizeBytes = length === undefined ? null : Number(length);
      return { sizeBytes, bytes: patience.watch(answer) };
    });
  }

  /** Throws TheirError, and what the reading of the bytes throws. */
  async put(
    path: string,
    file: { sizeBytes: number; open: () => AsyncIterable<Uint8Array> },
  ): Promise<void> {
    await withinPatience(this.patience, this.#signal, async (patience) => {
      let sent = 0;
      const counted = async function* () {
        for await (const chunk of file.open()) {
          sent += chunk.length;
          yield chunk;
        }
      };
      try {
        const answer = await this.#send(
          {
            url: `${this.baseUrl}${path}`,
            method: "PUT",
            headers: { "Content-Type": "application/octet-stream" },
            body: { sizeBytes: file.sizeBytes, open: () => patience.watch(counted()) },
          },
          patience.signal,
        );
        if (answer.statusCode !== 200) throw await toTheirError(answer);
        answer.on("error", () => undefined);
        answer.resume();
        if (sent < file.sizeBytes)
          throw new TheirError("unreadable", "It took the file before it had all of it.");
      } finally {
        patience.end();
      }
    });
  }

  async #json(request: OutgoingRequest): Promise<unknown> {
    const signal = AbortSignal.any([this.#signal, AbortSignal.timeout(this.patience.answerMs)]);
    const answer = await this.#send(request, signal);
    if (answer.statusCode !== 200) throw await toTheirError(answer);
    return parse(await this.#read(answer, signal));
  }

  async #read(answer: IncomingMessage, signal: AbortSignal): Promise<string> {
    const chunks: Buffer[] = [];
    let size = 0;
    try {
      for await (const chunk of answer as AsyncIterable<Buffer>) {
        size += chunk.length;
        if (size > JSON_MAX_BYTES) throw new TheirError("unreadable", "Its answer is too long.");
        chunks.push(chunk);
      }
    } catch (cause) {
      if (cause instanceof TheirError) throw cause;
      this.#signal.throwIfAborted();
      this.silences += 1;
      const text = signal.aborted ? "Its answer did not end in time." : "Its answer broke off.";
      throw new TheirError("transport", text, { cause });
    } finally {
      answer.destroy();
    }
    return Buffer.concat(chunks).toString("utf8");
  }

  async #send(request: OutgoingRequest, signal: AbortSignal): Promise<IncomingMessage> {
    this.requests += 1;
    try {
      const answer = await sendRequest(
        { ...request, headers: { ...this.#headers, ...request.headers } },
        { mayReach: this.#mayReach, signal, redirectsMax: 0 },
      );
      this.silences = 0;
      return answer;
    } catch (cause) {
      this.#signal.throwIfAborted();
      if (!(cause instanceof OutgoingError)) throw cause;
      // The rule itself is wrong: no later attempt will do better.
      if (cause.problem === "address_refused" || cause.problem === "invalid_url")
        throw new RegistryError("invalid_request", explained(cause), { cause });
      this.silences += 1;
      throw new TheirError("transport", cause.message, { cause });
    }
  }
}

function explained({ message, problem }: OutgoingError): string {
  if (problem !== "address_refused") return message;
  return `${message} Or name the server in integrations.mlflow_servers.`;
}

function mayHelp(error: unknown): boolean {
  return error instanceof TheirError && error.problem === "transport";
}

function parse(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null) return value;
  } catch {
    // Nothing that is no JSON is an answer either.
  }
  throw new TheirError("unreadable", "Its answer is no JSON: this may be no MLflow server.");
}

function credentialOf({ username, secret }: TheirAddress): Record<string, string> {
  if (secret === null) return {};
  if (username === null) return { Authorization: `Bearer ${secret}` };
  const pair = Buffer.from(`${username}:${secret}`).toString("base64");
  return { Authorization: `Basic ${pair}` };
}
