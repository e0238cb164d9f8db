/** Kinds of files by their first bytes, as far as the scan needs them. */
import { compressionOf } from "#lib/formats/archives/compressed.ts";

export type Kind = "zip" | "compressed" | "packed" | "npy" | "native" | "weights" | null;

type Magic = { kind: Kind; at?: number; bytes: string };

/** `bytes` in Latin-1. */
const MAGICS: readonly Magic[] = [
  { kind: "zip", bytes: "PK\x03\x04" },
  { kind: "zip", bytes: "PK\x05\x06" },
  { kind: "packed", bytes: "7z\xbc\xaf\x27\x1c" },
  { kind: "packed", bytes: "\x28\xb5\x2f\xfd" },
  { kind: "packed", bytes: "\x1f\x9d" },
  { kind: "packed", bytes: "LZIP" },
  { kind: "packed", bytes: "Rar!" },
  { kind: "npy", bytes: "\x93NUMPY" },
  { kind: "native", bytes: "\x7fELF" },
  { kind: "native", bytes: "MZ" },
  { kind: "native", bytes: "\xcf\xfa\xed\xfe" },
  { kind: "native", bytes: "\xce\xfa\xed\xfe" },
  { kind: "native", bytes: "\xfe\xed\xfa\xcf" },
  { kind: "native", bytes: "\xfe\xed\xfa\xce" },
  { kind: "native", bytes: "\xca\xfe\xba\xbe" },
  { kind: "native", bytes: "\x00asm" },
  { kind: "native", bytes: "!<arch>\n" },
  { kind: "native", bytes: "BC\xc0\xde" },
  { kind: "native", bytes: "\x1bLua" },
  { kind: "weights", bytes: "\x89HDF\r\n\x1a\n" },
  { kind: "weights", bytes: "GGUF" },
  { kind: "weights", bytes: "lmgg" },
  { kind: "weights", bytes: "fmgg" },
  { kind: "weights", bytes: "tjgg" },
  { kind: "weights", at: 4, bytes: "TFL3" },
];
/** Python's compiled modules begin with a version, which was between `from` and `to` so far, and the mark. */
const PYTHON_BYTECODE = { mark: "\r\n", at: 2, from: 3000, to: 4000 };

export function kindOf(head: Uint8Array): Kind {
  const text = Buffer.from(head.buffer, head.byteOffset, Math.min(head.length, 16)).toString(
    "latin1",
  );
  for (const { kind, at = 0, bytes } of MAGICS) if (text.startsWith(bytes, at)) return kind;
  const version = (head[0] ?? 0) + (head[1] ?? 0) * 256;
  const { mark, at, from, to } = PYTHON_BYTECODE;
  if (text.startsWith(mark, at) && version >= from && version <= to) return "native";
  return compressionOf(head) === null ? null : "compressed";
}
