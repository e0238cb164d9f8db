import type { FrameworkName } from "#lib/wire/words.ts";
import type { ChosenFile } from "./chosen-files.ts";

/** Enough for each magic and for the names of a zip's first entries. */
const HEAD_BYTES = 4096;
/** A safetensors header is at most 100 MB (huggingface/safetensors). */
const SAFETENSORS_HEADER_MAX = 100_000_000;

/** A main file comes before its companions; large folders have many files and few main ones. */
const MAIN =
  /(^|\/)saved_model\.pb$|\.(safetensors|onnx|gguf|tflite|keras|pth?|bin|ckpt|h5|hdf5)$/i;

/**
 * A first guess from a few KiB of the likeliest file, for the form: the server reads all of the bytes and
 * its word counts. Null when nothing is recognised.
 */
export async function guessFramework(files: readonly ChosenFile[]): Promise<FrameworkName | null> {
  const savedModel = files.some(({ path }) => /(^|\/)saved_model\.pb$/.test(path));
  if (savedModel) return "tensorflow";
  const main = files.find(({ path }) => MAIN.test(path)) ?? (files.length === 1 ? files[0] : null);
  if (!main) return null;
  const head = new Uint8Array(await main.file.slice(0, HEAD_BYTES).arrayBuffer());
  return guessFromHead(main.path, head);
}

/** `head` is the file's first bytes; the extension decides only what the bytes leave open. */
export function guessFromHead(path: string, head: Uint8Array): FrameworkName | null {
  const extension = path.slice(path.lastIndexOf(".") + 1).toLowerCase();
  // One letter a byte; "latin1" of TextDecoder is windows-1252, which changes 0x80 to 0x9f.
  const text = String.fromCharCode(...head);
  if (text.startsWith("GGUF")) return "gguf";
  if (text.startsWith("\x89HDF\r\n\x1a\n")) return "keras";
  if (text.slice(4, 8) === "TFL3") return "tensorflow";
  if (text.startsWith("PK\x03\x04")) return guessFromZip(extension, text);
  if (isSafetensors(head, text)) return guessFromSafetensors(text);
  // Protocol 2 and later of Python's pickle: PyTorch's legacy format, or nobody knows what.
  if (head[0] === 0x80 && (head[1] ?? 0) >= 2 && (head[1] ?? 9) <= 5)
    return ["pt", "pth", "bin", "ckpt"].includes(extension) ? "pytorch" : null;
  // ONNX has no magic: ModelProto begins with ir_version, field 1, a varint (onnx.proto).
  if (extension === "onnx" && head[0] === 0x08) return "onnx";
  return null;
}

function guessFromZip(extension: string, text: string): FrameworkName | null {
  if (/\/(data\.pkl|constants\.pkl|\.format_version|byteorder)/.test(text)) return "pytorch";
  if (extension === "keras") return "keras";
  if (["pt", "pth", "bin", "ckpt"].includes(extension)) return "pytorch";
  return text.includes("saved_model.pb") ? "tensorflow" : null;
}

function isSafetensors(head: Uint8Array, text: string): boolean {
  if (head.length < 9 || text[8] !== "{") return false;
  const length = new DataView(head.buffer, head.byteOffset).getBigUint64(0, true);
  return length > 1n && length <= BigInt(SAFETENSORS_HEADER_MAX);
}

/** Writers name themselves in `__metadata__.format`. */
function guessFromSafetensors(text: string): FrameworkName {
  const format = /"__metadata__"\s*:\s*\{[^}]*"format"\s*:\s*"(\w+)"/.exec(text)?.[1];
  if (format === "pt") return "pytorch";
  return format === "tf" ? "tensorflow" : "safetensors";
}
