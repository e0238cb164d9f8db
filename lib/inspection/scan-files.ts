/**
 * The verdict on each of some files that may be anything: a damaged one is unscannable here, where a registration refuses
 * the whole version. In two steps, since one file may say what is in another one (shards, external weights).
 */
import { isRegistryError } from "#lib/errors.ts";
import type { ByteSource, Finding, Format, SourceFile } from "#lib/formats/contract.ts";
import type { Slice } from "#lib/formats/format-facts.ts";
import { readFile } from "#lib/formats/inspect/inspect-file.ts";
import { scanFile } from "#lib/scan/scan-file.ts";
import { scanSlices } from "#lib/scan/scan-slices.ts";
import {
  explained,
  finding,
  type SettledVerdict,
  sortFindings,
  verdictOf,
} from "#lib/scan/verdict.ts";

/** What a file says about itself and about others. Plain data: it travels between processes. */
export type FileRecord = {
  format: Format;
  findings: readonly Finding[];
  /** Paths of other files that belong to this one. */
  parts: readonly string[];
  slices: readonly (readonly [path: string, slices: readonly Slice[]])[];
};

export type FileVerdict = { verdict: SettledVerdict; findings: Finding[] };

/** The first step. Throws only what reading the file throws. */
export async function recordFile(
  file: SourceFile,
  others: ReadonlyMap<string, ByteSource>,
): Promise<FileRecord> {
  const nothing = { format: "unknown", findings: [], parts: [], slices: [] } as const;
  try {
    const reading = await readFile(file, others);
    if (reading === null) return nothing;
    const named = new Set([
      ...reading.tensors.map((tensor) => tensor.file),
      ...(reading.parts ?? []),
    ]);
    named.delete(file.path);
    return {
      format: reading.format,
      findings: reading.findings,
      parts: [...named],
      slices: [...(reading.slices ?? [])],
    };
  } catch (error) {
    if (!isRegistryError(error) || error.status >= 500) throw error;
    return {
      ...nothing,
      findings: [finding("unscannable", "unreadable", error.detail, file.path)],
    };
  }
}

/** What the files that have been recorded say about each other. */
export class Records {
  readonly #formats = new Map<string, Format>();
  readonly #slices = new Map<string, Slice[]>();

  constructor(records: Iterable<FileRecord>) {
    for (const { format, parts, slices } of records) {
      for (const path of parts) this.#formats.set(path, format);
      for (const [path, pieces] of slices) {
        this.#slices.set(path, [...(this.#slices.get(path) ?? []), ...pieces]);
      }
    }
  }

  /** The second step. `files` are all of them. Throws only what reading them throws. */
  async scan(
    file: SourceFile,
    record: FileRecord,
    files: readonly SourceFile[],
  ): Promise<FileVerdict> {
    const isUnread = record.format === "unknown" && record.findings.length === 0;
    const slices = isUnread ? this.#slices.get(file.path) : undefined;
    const format = isUnread ? (this.#formats.get(file.path) ?? "unknown") : record.format;
    const scan = slices ? await scanSlices(file, slices) : await scanFile(file, format, files);
    const findings = sortFindings([...scan.findings, ...record.findings]);
    return { verdict: verdictOf(findings), findings: findings.map(explained) };
  }
}
