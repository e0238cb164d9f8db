import { type ApiError, parseProblem } from "#components/api/request.ts";
import type { UploadWire } from "#lib/uploads/schema.ts";
import type { Answer, Call, Send } from "./send.ts";

type Options = Pick<Call, "signal" | "onProgress" | "onRetry">;

/** Without progress for so long a part's connection is dead, whatever the system still hopes. */
const PART_IDLE_MS = 60_000;

/** `/uploads` of the REST interface; every method throws ApiError for a refusal. */
export class UploadsApi {
  readonly #send: Send;

  constructor(send: Send) {
    this.#send = send;
  }

  /** `{ stored: true }` when the registry has these bytes already, and this actor may read them. */
  async create(
    file: { sizeBytes: number; digest: string | null },
    options: Options,
  ): Promise<UploadWire | { stored: true }> {
    const { sizeBytes, digest } = file;
    const body = { size_bytes: sizeBytes, ...(digest === null ? {} : { digest }) };
    return this.#json({
      ...options,
      method: "POST",
      path: "/uploads",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
  }

  /** Null for an upload that has expired or never was. */
  async find(id: string, options: Options): Promise<UploadWire | null> {
    const answer = await this.#send({ ...options, method: "GET", path: `/uploads/${id}` });
    return isGone(answer) ? null : parse<UploadWire>(answer);
  }

  async putPart(
    id: string,
    part: { number: number; body: Blob; digest: string | null },
    options: Options,
  ): Promise<void> {
    const answer = await this.#send({
      ...options,
      method: "PUT",
      path: `/uploads/${id}/parts/${part.number}`,
      headers: {
        "Content-Type": "application/octet-stream",
        ...(part.digest === null ? {} : { "Content-Digest": part.digest }),
      },
      body: part.body,
      idleTimeoutMs: PART_IDLE_MS,
    });
    refuse(answer);
  }

  async complete(id: string, options: Options): Promise<void> {
    refuse(await this.#send({ ...options, method: "POST", path: `/uploads/${id}/complete` }));
  }

  /** Succeeds also when the upload is not there. */
  async remove(id: string, options: Options): Promise<void> {
    const answer = await this.#send({ ...options, method: "DELETE", path: `/uploads/${id}` });
    if (!isGone(answer)) refuse(answer);
  }

  async #json<T>(call: Call): Promise<T> {
    return parse<T>(await this.#send(call));
  }
}

function isGone(answer: Answer): boolean {
  return answer.status === 404 || answer.status === 410;
}

function parse<T>(answer: Answer): T {
  refuse(answer);
  return JSON.parse(answer.text) as T;
}

function refuse(answer: Answer): void {
  if (answer.status < 200 || answer.status > 299) throw problemOf(answer);
}

/** The problem of an answer that is not 2xx. */
export function problemOf(answer: Answer): ApiError {
  return parseProblem(answer.status, answer.text, answer.header("x-request-id"));
}
