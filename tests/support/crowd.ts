/** Clients of several servers behind one name: each registers models, and repeats once elsewhere what one server failed. */
import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "vitest";
import { tinyModel } from "./model-files.ts";
import { sha256 } from "./registry-client.ts";

const THINKING_MS = 2_000;
/** A server that stands still is given up after this time. */
const PATIENCE_MS = 10_000;
/** What a client waits before it asks again. */
const REPEAT_AFTER_MS = 500;

export class Crowd {
  /** The SHA-256 of what was acknowledged, by model. */
  readonly acknowledged = new Map<string, string>();
  /** What was said of each registration that failed twice. */
  readonly failed: string[] = [];
  readonly #urls: readonly string[];
  readonly #clients: Promise<void>[];
  #count = 0;
  #isEnding = false;

  constructor(urls: readonly string[], clients: number) {
    this.#urls = urls;
    this.#clients = Array.from({ length: clients }, () => this.#register());
  }

  /** Whether registrations are acknowledged. Throws when none is for a minute. */
  async isBusy(): Promise<void> {
    const wanted = this.acknowledged.size + this.#clients.length / 2;
    await expect.poll(() => this.acknowledged.size, { timeout: 60_000 }).toBeGreaterThan(wanted);
  }

  async end(): Promise<void> {
    this.#isEnding = true;
    await Promise.all(this.#clients);
  }

  async #register(): Promise<void> {
    await sleep(Math.random() * THINKING_MS);
    while (!this.#isEnding) {
      this.#count += 1;
      const seed = this.#count;
      const name = `crowd-${seed}`;
      const bytes = tinyModel(seed, 64);
      const key = randomUUID();
      const send = (turn: number) =>
        post(this.#urls[turn % this.#urls.length] ?? "", { name, key, bytes });
      let answer = await send(seed);
      if (answer !== "201" && answer !== "200") {
        await sleep(REPEAT_AFTER_MS);
        const again = await send(seed + 1);
        if (again !== "201" && again !== "200")
          this.failed.push(`${name}: ${answer}, then ${again}`);
        answer = again;
      }
      if (answer === "201" || answer === "200") this.acknowledged.set(name, sha256(bytes));
      await sleep(THINKING_MS * (0.5 + Math.random()));
    }
  }
}

/** The status that was answered, or why there was none. */
async function post(
  url: string,
  { name, key, bytes }: { name: string; key: string; bytes: Uint8Array<ArrayBuffer> },
): Promise<string> {
  const body = new FormData();
  body.append("name", name);
  body.append("version", "1.0.0");
  body.append("file", new Blob([bytes]), "m.safetensors");
  try {
    const response = await fetch(`${url}/api/v1/models`, {
      method: "POST",
      headers: { "Idempotency-Key": key },
      body,
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    const text = await response.text();
    return response.ok ? String(response.status) : `${response.status} ${text.slice(0, 300)}`;
  } catch (error) {
    return error instanceof Error ? `${error.message} ${String(error.cause ?? "")}` : String(error);
  }
}
