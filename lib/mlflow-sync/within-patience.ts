/** A transfer that takes hours is well while its bytes move; one that stands still, or drips, is given up. */
import { TheirError } from "./their-error.ts";

export type Patience = {
  /** For an answer that is no file. */
  answerMs: number;
  /** In each of these at least so many bytes of a file must move. */
  stallMs: number;
  stallBytes: number;
  /** Between two attempts; each next one waits twice as long. */
  pauseMs: number;
};
export const PATIENCE: Patience = {
  answerMs: 60_000,
  stallMs: 30_000,
  stallBytes: 16_384,
  pauseMs: 500,
};

export type Watch = {
  /** Ends the request with the transfer. */
  signal: AbortSignal;
  /** Passes bytes on and counts them; the watch ends with them. Throws TheirError where they stand still or break off. */
  watch: (bytes: AsyncIterable<Uint8Array>) => AsyncGenerator<Uint8Array>;
  end: () => void;
};

export async function withinPatience<T>(
  { stallMs, stallBytes }: Pick<Patience, "stallMs" | "stallBytes">,
  signal: AbortSignal,
  use: (watch: Watch) => Promise<T>,
): Promise<T> {
  const stalled = new AbortController();
  let moved = 0;
  const timer = setInterval(() => {
    if (moved < stallBytes) {
      end();
      stalled.abort();
    }
    moved = 0;
  }, stallMs);
  const end = () => clearInterval(timer);
  const failed = (cause: unknown) => {
    signal.throwIfAborted();
    if (cause instanceof TheirError && !stalled.signal.aborted) return cause;
    const text = stalled.signal.aborted
      ? "The transfer stood still and was given up."
      : "The transfer broke off.";
    return new TheirError("transport", text, { cause });
  };
  async function* watch(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    try {
      for await (const chunk of bytes) {
        moved += chunk.length;
        yield chunk;
      }
    } catch (error) {
      throw failed(error);
    } finally {
      end();
    }
  }
  try {
    return await use({ signal: AbortSignal.any([signal, stalled.signal]), watch, end });
  } catch (error) {
    end();
    if (stalled.signal.aborted) throw failed(error);
    throw error;
  }
}
