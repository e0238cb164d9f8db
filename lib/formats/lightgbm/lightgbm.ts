/**
 * LightGBM's models (gbdt_model_text.cpp, `SaveModelToString`): a text of lines `key=value`, a blank line, the trees with as many
 * bytes as `tree_sizes` says, `end of trees`, importances, and the parameters of the training. Trees are no tensors: the facts are
 * what the model predicts, and from what.
 */
import { plainText, WindowReader } from "../bytes/window-reader.ts";
import type { SourceFile } from "../contract.ts";
import type { FormatFacts } from "../format-facts.ts";

const KIND = "LightGBM model";
const START = /^tree\r?\nversion=v\d{1,3}\r?\nnum_class=/;
/** 100,000 features with their names, their ranges and 100,000 trees. */
const MAX_HEADER_BYTES = 16 * 1024 * 1024;
const HEADER_STEP_BYTES = 64 * 1024;
const MAX_FACT_CHARS = 500;
const MAX_NAMES = 50;
const END = "end of trees";
/** Line feeds that versions put, or leave out, before the end. */
const END_SLACK_BYTES = 8;

export function isLightgbm(head: Uint8Array): boolean {
  return START.test(
    Buffer.from(head.buffer, head.byteOffset, Math.min(head.length, 64)).toString("latin1"),
  );
}

/** Throws `invalid_model_file` for a text that does not go on to the end of its trees. */
export async function readLightgbm(file: SourceFile): Promise<FormatFacts> {
  const reader = new WindowReader(file, KIND);
  const { lines, trees } = await readHeader(reader);
  const sizes = listOf(lines.get("tree_sizes"));
  await requireEnd(reader, trees, sizes);
  const names = listOf(lines.get("feature_names"));
  const facts: [string, string | undefined][] = [
    ["producer_name", "lightgbm"],
    ["lightgbm_format", lines.get("version")],
    ["lightgbm_objective", lines.get("objective")],
    ["lightgbm_classes", numberOf(lines.get("num_class"))],
    ["lightgbm_trees", lines.has("tree_sizes") ? String(sizes.length) : undefined],
    ["lightgbm_features", names.length > 0 ? String(names.length) : undefined],
    ["lightgbm_feature_names", shortList(names)],
  ];
  return {
    format: "lightgbm",
    framework: "other",
    parameters: null,
    tensors: [],
    producer: Object.fromEntries(
      facts.flatMap(([name, value]) =>
        value ? [[name, plainText(value, MAX_FACT_CHARS)] as const] : [],
      ),
    ),
    signature: null,
    findings: [],
  };
}

type Header = { lines: ReadonlyMap<string, string> /** Where the trees begin. */; trees: number };

/** The lines up to the first blank one after them. */
async function readHeader(reader: WindowReader): Promise<Header> {
  let length = Math.min(HEADER_STEP_BYTES, reader.sizeBytes);
  for (;;) {
    const text = Buffer.from(await reader.bytes(0, length)).toString("latin1");
    const end = /\r?\n(?:\r?\n)+/.exec(text);
    if (end && end.index + end[0].length < text.length) {
      const lines = text.slice(0, end.index).split(/\r?\n/);
      return { lines: keyed(lines), trees: end.index + end[0].length };
    }
    if (end && length === reader.sizeBytes) return reader.fail("it ends before its trees");
    if (length >= Math.min(reader.sizeBytes, MAX_HEADER_BYTES))
      return reader.fail("its first lines do not end");
    length = Math.min(length * 4, reader.sizeBytes, MAX_HEADER_BYTES);
  }
}

/** Names are UTF-8; the offsets above are bytes. */
function keyed(lines: readonly string[]): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const line of lines) {
    const at = line.indexOf("=");
    if (at > 0) found.set(line.slice(0, at), Buffer.from(line.slice(at + 1), "latin1").toString());
  }
  return found;
}

async function requireEnd(
  reader: WindowReader,
  trees: number,
  sizes: readonly string[],
): Promise<void> {
  let end = trees;
  for (const size of sizes) {
    end += /^\d{1,15}$/.test(size) ? Number(size) : Number.NaN;
  }
  // Versions before 2.1 did not write the sizes: nothing tells then where the trees end.
  if (sizes.length === 0) return;
  if (!(end <= reader.sizeBytes)) reader.fail("its trees are cut short");
  const start = Math.max(trees, end - END_SLACK_BYTES);
  const length = await reader.loadUpTo(start, END.length + 2 * END_SLACK_BYTES);
  const text = Buffer.from(await reader.bytes(start, length)).toString("latin1");
  if (!text.includes(END)) reader.fail("its trees do not end where it says");
}

function listOf(line: string | undefined): string[] {
  return (line ?? "").split(" ").filter((word) => word !== "");
}

function numberOf(line: string | undefined): string | undefined {
  return /^\d{1,9}$/.test(line ?? "") ? line : undefined;
}

function shortList(names: readonly string[]): string {
  const more = names.length > MAX_NAMES ? ", …" : "";
  return names.slice(0, MAX_NAMES).join(", ") + more;
}
