/** Pickle streams as a reader reports them. */

import type { PickleReport } from "../bytes/reader.ts";
import { plainText } from "../bytes/window-reader.ts";
import type { ByteSource } from "../contract.ts";
import { MAX_OPCODES, type PickleStream, parsePickle } from "./pickle.ts";
import { skipJoblibArray } from "./pickle-joblib.ts";

/** A page shows this list; the scan reads the reports, which have all. */
const MAX_LISTED_GLOBALS = 1000;
const MAX_GLOBAL_CHARS = 300;
/** A file of small pickles after each other (logs) is no model. */
const MAX_STREAMS = 1000;

export function reportOf(stream: PickleStream, where: string, isTorchScript = false): PickleReport {
  const { globals, parsedToEnd, problem, problemAt, oddities } = stream;
  return {
    where,
    globals,
    parsedToEnd,
    problem,
    problemAt,
    oddities: [...oddities],
    isTorchScript,
  };
}

/** Sorted dotted names of all streams, without repeats. */
export function listGlobals(reports: readonly PickleReport[]): string[] {
  const names = new Set<string>();
  for (const { globals } of reports) {
    for (const { module, name } of globals)
      names.add(plainText(`${module}.${name}`, MAX_GLOBAL_CHARS));
  }
  return [...names].sort().slice(0, MAX_LISTED_GLOBALS);
}

export type PickleFile = { streams: PickleStream[]; reports: PickleReport[] };

/**
 * Every pickle of a file that holds pickles and nothing else (joblib's arrays between them aside). What
 * follows the last one is an oddity of it, `pickle_trailing_bytes`.
 */
export async function parsePickles(source: ByteSource, where: string): Promise<PickleFile> {
  const streams: PickleStream[] = [];
  const reports: PickleReport[] = [];
  const placeOf = (at: number) => (source.startsAt ?? 0) + at;
  let offset = 0;
  let opcodesLeft = MAX_OPCODES;
  while (offset < source.sizeBytes && streams.length < MAX_STREAMS && opcodesLeft > 0) {
    const bytesAfterBuild = skipJoblibArray(
      source,
      (nested) => {
        opcodesLeft -= nested.opcodes;
        reports.push(reportOf(nested, where));
      },
      () => Math.max(opcodesLeft, 1),
    );
    const stream = await parsePickle(source, { offset, bytesAfterBuild, maxOpcodes: opcodesLeft });
    opcodesLeft -= stream.opcodes;
    // These bytes are no pickle at all: they follow the last one.
    const isOther = !stream.parsedToEnd && stream.globals.length === 0 && opcodesLeft > 0;
    if (isOther && streams.length > 0) break;
    streams.push(stream);
    reports.push(reportOf(stream, where));
    offset = stream.endOffset;
    if (!stream.parsedToEnd) return { streams, reports };
  }
  const last = reports.at(-1);
  if (last && (streams.length === MAX_STREAMS || opcodesLeft <= 0)) {
    last.parsedToEnd = false;
    last.problem = "it goes on for unreasonably long";
    last.problemAt ??= placeOf(offset);
  } else if (offset < source.sizeBytes) {
    last?.oddities.push({ code: "pickle_trailing_bytes", offset: placeOf(offset) });
  }
  const [first] = streams;
  if (first && streams.length > 1) {
    last?.oddities.push({ code: "pickle_several_streams", offset: placeOf(first.endOffset) });
  }
  return { streams, reports };
}
