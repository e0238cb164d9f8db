import { ApiError, parseProblem } from "#components/api/request.ts";
import type { Connection } from "./connection.ts";
import { parseRetryAfter, RETRY_TIMING, type RetryTiming, retryDelayMs } from "./retry-delay.ts";
import type { Answer, Call, Send } from "./send.ts";

/** The server, or a proxy before it, may answer otherwise in a moment. Not so with 507, a full disk. */
const TRANSIENT_STATUS = new Set([408, 425, 429, 500, 502, 503, 504]);
/** The bytes were changed or cut on their way. */
const TRANSIENT_CODE = new Set(["digest_mismatch", "length_mismatch"]);

/**
 * `send`, tried again after network errors and passing troubles of the server. Without a network it waits for one,
 * however long; a try that the loss of the network cut short does not count.
 */
export function retryingSend(
  send: Send,
  connection: Connection,
  timing: RetryTiming = RETRY_TIMING,
): Send {
  return async (call) => {
    for (let attempt = 1; ; attempt += 1) {
      const result = await attemptOnce(send, call);
      if (!isTransient(result)) return result;
      const isOnline = connection.isOnline();
      if (isOnline && attempt >= timing.attempts) {
        if (result instanceof ApiError) throw result;
        return result;
      }
      const asked =
        result instanceof ApiError
          ? null
          : parseRetryAfter(result.header("retry-after"), Date.now());
      await waitToRetry(call, connection, retryDelayMs(attempt, asked, timing));
      if (!isOnline) attempt = 0;
    }
  };
}

async function attemptOnce(send: Send, call: Call): Promise<Answer | ApiError> {
  try {
    return await send(call);
  } catch (error) {
    if (!call.signal.aborted && error instanceof ApiError && error.code === "network") return error;
    throw error;
  }
}

function isTransient(result: Answer | ApiError): result is Answer | ApiError {
  if (result instanceof ApiError) return true;
  if (TRANSIENT_STATUS.has(result.status)) return true;
  return result.status === 400 && TRANSIENT_CODE.has(parseProblem(400, result.text, null).code);
}

/** Waits until the delay is over or the network is back, whichever is first; without a network only for the latter. */
function waitToRetry(call: Call, connection: Connection, delayMs: number): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const isOnline = connection.isOnline();
  const timer = isOnline ? setTimeout(resolve, delayMs) : undefined;
  const stop = connection.onOnline(resolve);
  const abort = () => reject(call.signal.reason);
  if (call.signal.aborted) abort();
  call.signal.addEventListener("abort", abort, { once: true });
  call.onRetry?.({ at: isOnline ? Date.now() + delayMs : null });
  return promise.finally(() => {
    clearTimeout(timer);
    stop();
    call.signal.removeEventListener("abort", abort);
  });
}
