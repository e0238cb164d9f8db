/** One request to the server. The browser's way is `send-by-xhr.ts`; wrappers add retries. */

export type Call = {
  method: "GET" | "POST" | "PUT" | "DELETE";
  /** Below `/api/v1`. */
  path: string;
  headers?: Readonly<Record<string, string>>;
  body?: string | Blob;
  signal: AbortSignal;
  /** Bytes of the body that have left so far. */
  onProgress?: (sentBytes: number) => void;
  /** A try has failed and the next one comes at `at` (null: once the connection is back). */
  onRetry?: (wait: { at: number | null }) => void;
  /** Without progress for this long the connection counts as dead. */
  idleTimeoutMs?: number;
};

export type Answer = {
  status: number;
  text: string;
  /** Null for a header that is not there. */
  header: (name: string) => string | null;
};

/**
 * Any status is an answer.
 * @throws {ApiError} of code `network` without an answer, and the signal's reason after an abort.
 */
export type Send = (call: Call) => Promise<Answer>;
