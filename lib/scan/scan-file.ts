/**
 * The first verdict on a file, by its content: a pickle is followed wherever it hides, a format that carries no code
 * is clean, and an unknown content is not let through. Names only ever add suspicion. The file is parsed, never
 * loaded.
 */
import { isRegistryError } from "#lib/errors.ts";
import { compressionOf, openCompressed } from "#lib/formats/archives/compressed.ts";
import { isTar } from "#lib/formats/archives/tar.ts";
import { HEAD_BYTES } from "#lib/formats/bytes/reader.ts";
import type { ByteSource, Finding, Format, SourceFile } from "#lib/formats/contract.ts";
import { beginsAsPickle } from "#lib/formats/pickle/pickle-file.ts";
import { namesJoblibArray } from "#lib/formats/pickle/pickle-joblib.ts";
import { listGlobals, parsePickles } from "#lib/formats/pickle/pickle-report.ts";
import { isTorchLegacy, parseTorchLegacy } from "#lib/formats/torch/torch-legacy.ts";
import { isDescribed } from "./described.ts";
import { kindOf } from "./magic.ts";
import { judgeMarked, judgeUnmarked } from "./plain-data.ts";
import { scanAppendedZip } from "./scan-appended.ts";
import { type ScanContent, ScanContext, scanKnown, scanUnskipped } from "./scan-context.ts";
import { scanEmbedded } from "./scan-embedded.ts";
import { scanFormat, scanTensorflow } from "./scan-format.ts";
import { scanNumpy } from "./scan-numpy.ts";
import { scanTar } from "./scan-tar.ts";
import { scanZip } from "./scan-zip.ts";
import { graphFindings } from "./tensorflow/find-graphs.ts";
import { judgeText } from "./text-rules.ts";
import { type SettledVerdict, sortFindings, verdictOf } from "./verdict.ts";

/** A pickle in a gzip in a zip is somebody's habit; deeper is somebody's trick. */
const MAX_DEPTH = 3;
/** A file that was compressed twice was small already, so that a lower bound on its expansion is enough. */
const MIN_NESTED_BYTES = 64 * 1024 * 1024;
const MAX_NESTED_RATIO = 64;
/** An empty file of such a name was meant to be a model; others (`__init__.py`, `.gitkeep`) are empty on purpose. */
const WEIGHTS_NAME =
  /\.(?:pt|pth|bin|ckpt|safetensors|onnx|pb|keras|h5|hdf5|tflite|gguf|pkl|pickle|joblib|npy|npz|data|index)$/i;

export type FileScan = { verdict: SettledVerdict; findings: Finding[]; globals: string[] };

const TENSORFLOW: ReadonlySet<Format> = new Set(["saved-model", "tf-checkpoint", "tflite"]);

/**
 * `format` is what a reader made of the file (or of the file that it is a part of), `unknown` when none
 * knew it. `files` are all files of the version: one of them may describe what is in this one. Content never
 * throws; only a failing disk does.
 */
export async function scanFile(
  file: SourceFile,
  format: Format,
  files: readonly SourceFile[] = [],
): Promise<FileScan> {
  const context = new ScanContext();
  if (file.source.sizeBytes === 0 && WEIGHTS_NAME.test(file.path)) {
    context.add("info", "empty_file", "The file is empty.", file.path);
  }
  const isKnown = format !== "unknown" && !WITH_CODE.has(format);
  try {
    if (isKnown) {
      await scanKnown(context, file.source, file.path);
      await scanAppendedZip(context, file.source, file.path, 0, scanInside, format === "tflite");
      if (TENSORFLOW.has(format)) {
        await scanTensorflow(context, file);
      } else if (format === "onnx" && file.path.endsWith(".pb")) {
        // TensorFlow takes the same bytes for a graph of its own, and skips what it does not know.
        context.findings.push(...(await graphFindings(file.source, file.path)));
      }
      // JSON is a text to every other reader, whatever it begins with.
      if (format === "xgboost") {
        context.findings.push(...((await judgeText(file.source, file.path)) ?? []));
      }
    } else if (!(await scanContent(context, file.source, file.path, 0))) {
      if (!(await isDescribed(file, files))) addUnknown(context, file.path);
    }
  } catch (error) {
    if (!isRegistryError(error) || error.status >= 500) throw error;
    context.add("unscannable", "unreadable", error.detail, file.path);
  }
  const findings = sortFindings(context.findings);
  return { verdict: verdictOf(findings), findings, globals: listGlobals(context.reports) };
}

function addUnknown(context: ScanContext, where: string): void {
  const detail = "The file is no text and no data whose structure is known to its end.";
  context.add("suspicious", "unknown_content", detail, where);
}

/** Formats that are looked into member by member, stream by stream. */
const WITH_CODE: ReadonlySet<Format> = new Set([
  "torch-zip",
  "torch-legacy",
  "torchscript",
  "torch-distributed",
  "pickle",
  "keras-v3",
  // Arrays of objects are pickled, and what follows an array may be anything.
  "numpy",
  // Texts and messages, which may be texts and messages of another program too.
  "lightgbm",
  "coreml",
]);

/** Scans the content of a container, where no file beside it describes it. */
const scanInside: ScanContent = async (context, source, where, depth) => {
  await scanFormat(context, source, where);
  if (!(await scanContent(context, source, where, depth))) addUnknown(context, where);
};

/** False when nothing was found and nothing says what the content is. */
async function scanContent(
  context: ScanContext,
  source: ByteSource,
  where: string,
  depth: number,
): Promise<boolean> {
  if (source.sizeBytes === 0) return true;
  if (depth > MAX_DEPTH) {
    const detail = "Archives are nested too deep to look into.";
    context.add("unscannable", "nested_archive", detail, where);
    return true;
  }
  const head = await source.read(0, Math.min(HEAD_BYTES, source.sizeBytes));
  const kind = kindOf(head);
  const compression = compressionOf(head);
  const isSure = compression !== null && compression !== "zlib" && compression !== "lzma";
  if (kind === "zip") await scanZip(context, source, where, depth, scanInside);
  else if (kind === "compressed" && isSure) await scanInflated(context, source, where, depth);
  else if (isTar(head)) {
    // A tar begins with a file's name, and the bytes of a name may be opcodes.
    await scanKnown(context, source, where);
    await scanTar(context, source, where, depth, scanInside);
  } else {
    await scanAppendedZip(context, source, where, depth, scanInside, false);
    return scanPlain(context, source, head, where, depth);
  }
  return true;
}

/** Scans a content that is no archive. */
async function scanPlain(
  context: ScanContext,
  source: ByteSource,
  head: Uint8Array,
  where: string,
  depth: number,
): Promise<boolean> {
  const kind = kindOf(head);
  if (kind === "npy") {
    await scanNumpy(context, source, where, depth, scanInside);
    return true;
  }
  if (await isTorchLegacy(source)) {
    context.addPickles((await parseTorchLegacy(source, where)).reports);
    return true;
  }
  if (await beginsAsPickle(head, source)) {
    const { reports } = await parsePickles(source, where);
    context.addPickles(reports);
    if (reports.some(({ globals }) => namesJoblibArray(globals))) {
      await scanUnskipped(context, source, where);
    }
    return true;
  }
  await scanKnown(context, source, where);
  if (kind === "weights") return true;
  if (await judgeMarked(context, source, head, where)) {
    await scanEmbedded(context, source, where, depth, scanInside);
    return true;
  }
  const text = await judgeText(source, where);
  if (text !== null) {
    context.findings.push(...text);
    return true;
  }
  if (kind === "compressed") {
    await scanInflated(context, source, where, depth);
    return true;
  }
  if (kind === "native" || kind === "packed") {
    const detail =
      kind === "native"
        ? "The file is a program."
        : "The file is compressed in a way that is not looked into.";
    context.add("unscannable", kind === "native" ? "native_code" : "packed", detail, where);
    return true;
  }
  if (await judgeUnmarked(context, source, where)) return true;
  await scanEmbedded(context, source, where, depth, scanInside);
  return false;
}

async function scanInflated(
  context: ScanContext,
  source: ByteSource,
  where: string,
  depth: number,
): Promise<void> {
  const compression = compressionOf(await source.read(0, 8));
  if (compression === null) return;
  let content: ByteSource;
  try {
    content = await openCompressed(source, compression);
  } catch (error) {
    if (!isRegistryError(error) || error.status >= 500) throw error;
    context.add("unscannable", "packed", error.detail, where);
    return;
  }
  const cap = Math.max(MIN_NESTED_BYTES, source.sizeBytes * MAX_NESTED_RATIO);
  if (depth > 0 && (content.sizeBytes > cap || !context.mayInflate(content.sizeBytes))) {
    context.add("unscannable", "bomb", "The file expands to unreasonably much.", where);
  } else await scanInside(context, content, `${where}!`, depth + 1);
}
