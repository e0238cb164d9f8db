/** What one scan of a file gathers, and how its parts are looked into. */

import type { PickleReport } from "#lib/formats/bytes/reader.ts";
import type { ByteSource, Finding } from "#lib/formats/contract.ts";
import { type PickleStream, parsePickle } from "#lib/formats/pickle/pickle.ts";
import { reportOf } from "#lib/formats/pickle/pickle-report.ts";
import { isExecutor } from "./executors.ts";
import { finding, judgePickle } from "./verdict.ts";

/** Opcodes followed in a file that is known to be something else: a payload would stand at its start. */
const SNIFF_OPCODES = 10_000;

/** Scans a content that lies `depth` containers deep. */
export type ScanContent = (
  context: ScanContext,
  source: ByteSource,
  where: string,
  depth: number,
) => Promise<void>;

/** What one file may expand to while it is looked into, member after member. */
const MAX_INFLATED_BYTES = 512 * 1024 * 1024;

export class ScanContext {
  #inflatedBytes = 0;

  readonly findings: Finding[] = [];
  readonly reports: PickleReport[] = [];

  add(
    severity: Finding["severity"],
    code: string,
    detail: string,
    where: string,
    offset?: number,
  ): void {
    this.findings.push(finding(severity, code, detail, where, offset));
  }

  /** Counts bytes that were, or are to be, inflated. False when that is more than one file may cost. */
  mayInflate(bytes: number): boolean {
    this.#inflatedBytes += bytes;
    return this.#inflatedBytes <= MAX_INFLATED_BYTES;
  }

  addPickles(reports: readonly PickleReport[]): void {
    this.reports.push(...reports);
    for (const report of reports) this.findings.push(...judgePickle(report));
  }
}

/** For files that are something else: only a payload at their very start is a pickle's. */
export async function scanKnown(
  context: ScanContext,
  source: ByteSource,
  where: string,
): Promise<void> {
  const stream = await parsePickle(source, { maxOpcodes: SNIFF_OPCODES });
  const isWhole = stream.parsedToEnd && stream.globals.some(({ isCalled }) => isCalled);
  if (isWhole || namesExecutor(stream)) addPayload(context, stream, where);
}

/**
 * For joblib's files, whose arrays only joblib jumps over: to every other unpickler the bytes of an array are opcodes
 * as well. Some bytes are opcodes by chance, but not opcodes that name a way to run code.
 */
export async function scanUnskipped(
  context: ScanContext,
  source: ByteSource,
  where: string,
): Promise<void> {
  const stream = await parsePickle(source);
  if (namesExecutor(stream)) addPayload(context, stream, where);
}

function namesExecutor({ globals }: PickleStream): boolean {
  return globals.some(({ module, name, isBinding }) => !isBinding && isExecutor(module, name));
}

function addPayload(context: ScanContext, stream: PickleStream, where: string): void {
  context.addPickles([{ ...reportOf(stream, where), parsedToEnd: true }]);
}
