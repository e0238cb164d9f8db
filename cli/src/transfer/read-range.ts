/** A range of a file's bytes into memory; an answer that is cut is asked for from where it was cut. */
import type { IncomingMessage } from "node:http";
import { EXIT } from "../exit-codes.ts";
import { Failure } from "../failure.ts";
import { Attempts, PATIENCE } from "../http/attempts.ts";
import { codeOf } from "../http/exchange.ts";
import { pause } from "../http/pause.ts";
import type { RangeConnections } from "../http/range-connections.ts";
import type { Registry } from "../http/registry.ts";
import type { Translate } from "../messages/translate.ts";

export type RangeRequest = {
  registry: Registry;
  /** Where they can be used. */
  connections: RangeConnections | null;
  /** Below `/api/v1`. */
  path: string;
  acceptRisk: boolean;
  /** Why a risk is accepted. */
  comment?: string | undefined;
  /** Of the whole file. */
  sizeBytes: number;
  signal: AbortSignal;
  onBytes: (count: number) => void;
  t: Translate;
};

/** Fills `target` with the bytes from `start` on. Throws Failure. */
export async function readRange(range: RangeRequest, start: number, target: Buffer): Promise<void> {
  const { registry, signal, t } = range;
  const attempts = new Attempts(PATIENCE.transfer);
  let got = 0;
  while (got < target.length) {
    const quick = await readQuickly(range, start + got, target.subarray(got));
    signal.throwIfAborted();
    got += quick;
    if (got === target.length) return;
    if (quick > 0) {
      attempts.succeed();
      continue;
    }
    const first = start + got;
    const last = start + target.length - 1;
    const answer = await registry.open({
      method: "GET",
      path: range.path,
      query: queryOf(range),
      headers: { range: `bytes=${first}-${last}` },
      patience: PATIENCE.transfer,
      signal,
    });
    assertRange(answer, first, last, range);
    try {
      for await (const chunk of answer as AsyncIterable<Buffer>) {
        if (got + chunk.length > target.length) throw notRanges(range);
        chunk.copy(target, got);
        got += chunk.length;
        range.onBytes(chunk.length);
        attempts.succeed();
      }
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof Failure) throw error;
      const delay = attempts.next("silentMs");
      if (delay === null)
        throw new Failure(
          EXIT.unreachable,
          t("http.silent", { url: registry.url, why: codeOf(error) || String(error) }),
          { cause: error },
        );
      await pause(delay, signal);
    }
  }
}

const queryOf = ({ acceptRisk, comment }: RangeRequest) =>
  acceptRisk ? { accept_risk: true, ...(comment ? { comment } : {}) } : {};

/** 0 where the quick way does not work, for whatever reason. */
async function readQuickly(range: RangeRequest, start: number, target: Buffer): Promise<number> {
  if (range.connections === null) return 0;
  const { path, headers } = await range.registry.plainRequest(range.path, queryOf(range));
  const { sizeBytes, signal, onBytes } = range;
  return range.connections.read({ path, headers, start, sizeBytes, target, signal, onBytes });
}

/** Bytes of another place, or encoded otherwise, would only be found by the digest at the end. */
function assertRange(
  answer: IncomingMessage,
  first: number,
  last: number,
  range: RangeRequest,
): void {
  const wanted = `bytes ${first}-${last}/${range.sizeBytes}`;
  const { "content-range": given, "content-encoding": encoding = "identity" } = answer.headers;
  if (answer.statusCode === 206 && given === wanted && encoding === "identity") return;
  answer.destroy();
  throw notRanges(range);
}

const notRanges = ({ registry, path, t }: RangeRequest) =>
  new Failure(EXIT.incompatible, t("download.noRanges", { url: registry.url, path }));
