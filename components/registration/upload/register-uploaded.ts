import type { VersionWire } from "#lib/models/schema.ts";
import type { FileRef } from "./file-state.ts";
import type { Call, Send } from "./send.ts";
import { problemOf } from "./uploads-api.ts";

/** `isNew` is false when the very same version was there before. */
export type Registered = { version: VersionWire; isNew: boolean };

export type RegistrationBody = Readonly<Record<string, unknown>>;

type Registration = {
  /** Below `/api/v1`. */
  path: string;
  body: RegistrationBody;
  files: readonly FileRef[];
  /** The same key for the same content makes a retry after a lost answer harmless. */
  idempotencyKey: string;
} & Pick<Call, "signal" | "onRetry">;

/** Makes a version of files that are on the server. Throws ApiError. */
export async function registerUploaded(send: Send, given: Registration): Promise<Registered> {
  const { path, body, files, idempotencyKey, signal, onRetry } = given;
  const answer = await send({
    method: "POST",
    path,
    headers: { "Content-Type": "application/json", "Idempotency-Key": idempotencyKey },
    body: JSON.stringify({ ...body, files }),
    signal,
    onRetry,
  });
  if (answer.status !== 200 && answer.status !== 201) throw problemOf(answer);
  return { version: JSON.parse(answer.text) as VersionWire, isNew: answer.status === 201 };
}

/** 128 random bits; `crypto.randomUUID` is missing on plain http addresses of a cluster. */
export function newIdempotencyKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
