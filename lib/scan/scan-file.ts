/**
 * The first verdict on a file, by its content: what is a pickle is followed wherever it hides, what is
 * known to carry no code is clean, and what is nothing known is not let through. Names only ever add
 * suspicion. The file is parsed, never loaded.
 */
import { isRegistryError } from "../errors.ts";
import { memorySource } from "../formats/byte-source.ts";
import type { ByteSource, Finding, Format, SourceFile } from "../formats/contract.ts";
import { beginsAsPickle } from "../formats/pickle-file.ts";
import { listGlobals, parsePickles } from "../formats/pickle-report.ts";
import { HEAD_BYTES } from "../formats/reader.ts";
import { isTorchLegacy, parseTorchLegacy } from "../formats/torch-legacy.ts";
import { inflateAll } from "./inflate.ts";
import { kindOf } from "./magic.ts";
import { isProtobuf } from "./protobuf-shape.ts";
import { ScanContext, scanKnown } from "./scan-context.ts";
import { scanNumpy } from "./scan-numpy.ts";
import { scanZip } from "./scan-zip.ts";
import { judgeText } from "./text-rules.ts";
import { type SettledVerdict, sortFindings, verdictOf } from "./verdict.ts";

/** A pickle in a gzip in a zip is somebody's habit; deeper is somebody's trick. */
const MAX_DEPTH = 3;
export type FileScan = { verdict: SettledVerdict; findings: Finding[]; globals: string[] };

/**
 * `format` is what a reader made of the file (or of the file that it is a part of), `unknown` when none
 * knew it. Content never throws; only a failing disk does.
 */
export async function scanFile(file: SourceFile, format: Format): Promise<FileScan> {
  const context = new ScanContext();
  const isKnown = format !== "unknown" && !WITH_CODE.has(format);
  try {
    if (isKnown) await scanKnown(context, file.source, file.path);
    else await scanContent(context, file.source, file.path, 0);
  } catch (error) {
    if (!isRegistryError(error) || error.status >= 500) throw error;
    context.add("unscannable", "unreadable", error.detail, file.path);
  }
  const findings = sortFindings(context.findings);
  return { verdict: verdictOf(findings), findings, globals: listGlobals(context.reports) };
}

/** Formats that are looked into member by member, stream by stream. */
const WITH_CODE: ReadonlySet<Format> = new Set([
  "torch-zip",
  "torch-legacy",
  "torchscript",
  "pickle",
  "keras-v3",
]);

async function scanContent(
  context: ScanContext,
  source: ByteSource,
  where: string,
  depth: number,
): Promise<void> {
  if (source.sizeBytes === 0) return;
  if (depth > MAX_DEPTH) {
    context.add(
      "unscannable",
      "nested_archive",
      "Archives are nested too deep to look into.",
      where,
    );
    return;
  }
  const head = await source.read(0, Math.min(HEAD_BYTES, source.sizeBytes));
  const kind = kindOf(head);
  if (kind === "zip") return scanZip(context, source, where, depth, scanContent);
  if (kind === "gzip") return scanInflated(context, source, where, depth, "gzip");
  if (kind === "npy") return scanNumpy(context, source, head, where);
  if (await isTorchLegacy(source)) {
    context.addPickles((await parseTorchLegacy(source, where)).reports);
    return;
  }
  if (await beginsAsPickle(head, source)) {
    context.addPickles((await parsePickles(source, where)).reports);
    return;
  }
  await scanKnown(context, source, where);
  if (kind === "plain" || kind === "weights") return;
  const text = await judgeText(source, where);
  if (text !== null) {
    context.findings.push(...text);
    return;
  }
  if (kind === "zlib") return scanInflated(context, source, where, depth, "zlib");
  if (await isProtobuf(source)) return;
  const why =
    kind === "packed"
      ? ["packed", "The file is compressed in a way that is not looked into."]
      : kind === "native"
        ? ["native_code", "The file is a program."]
        : ["unknown_content", "The file is no text and no format that is known."];
  context.add("unscannable", why[0] as string, why[1] as string, where);
}

async function scanInflated(
  context: ScanContext,
  source: ByteSource,
  where: string,
  depth: number,
  method: "gzip" | "zlib",
): Promise<void> {
  const inside = `${where}!`;
  const bytes = await inflateAll(source, method);
  if (bytes === null || !context.mayInflate(bytes.length)) {
    context.add("unscannable", "packed", "The compressed file cannot be looked into.", where);
  } else await scanContent(context, memorySource(bytes), inside, depth + 1);
}
