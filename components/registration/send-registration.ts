import { ApiError, parseProblem } from "@/components/api/request.ts";
import type { VersionWire } from "@/lib/models/schema.ts";

/** `isNew` is false when the very same version was there before. */
export type Registered = { version: VersionWire; isNew: boolean };

type Sending = {
  /** Below `/api/v1`. */
  path: string;
  form: FormData;
  /** The same key for the same content makes a retry after a lost answer harmless. */
  idempotencyKey: string;
  onProgress: (sentBytes: number) => void;
  /** All bytes have left; the server reads them. */
  onSent: () => void;
  signal: AbortSignal;
};

/**
 * Sends a registration by XMLHttpRequest, which alone reports how much of a body has left. An abort
 * cuts the connection, and the server then removes what it has received.
 * @throws {ApiError} and the signal's reason after an abort.
 */
export function sendRegistration(sending: Sending): Promise<Registered> {
  const xhr = new XMLHttpRequest();
  const { promise, resolve, reject } = Promise.withResolvers<Registered>();
  xhr.upload.onprogress = (event) => sending.onProgress(event.loaded);
  xhr.upload.onload = () => sending.onSent();
  xhr.onload = () => {
    const requestId = xhr.getResponseHeader("x-request-id");
    try {
      if (xhr.status !== 200 && xhr.status !== 201)
        throw parseProblem(xhr.status, xhr.responseText, requestId);
      const version = JSON.parse(xhr.responseText) as VersionWire;
      resolve({ version, isNew: xhr.status === 201 });
    } catch (error) {
      reject(error);
    }
  };
  xhr.onerror = () => reject(new ApiError({ status: 0, code: "network" }));
  xhr.onabort = () => reject(sending.signal.reason);
  sending.signal.addEventListener("abort", () => xhr.abort(), { once: true });
  xhr.open("POST", `/api/v1${sending.path}`);
  xhr.setRequestHeader("Accept", "application/json");
  xhr.setRequestHeader("Idempotency-Key", sending.idempotencyKey);
  xhr.send(sending.form);
  return promise;
}

/** 128 random bits; `crypto.randomUUID` is missing on plain http addresses of a cluster. */
export function newIdempotencyKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
