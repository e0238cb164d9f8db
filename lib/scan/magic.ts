/** What a file is by its first bytes, as far as the scan cares. */
export type Kind =
  | "zip"
  | "gzip"
  | "zlib"
  | "packed"
  | "npy"
  | "native"
  | "plain"
  | "weights"
  | null;

type Magic = { kind: Kind; at?: number; bytes: string };

/** `bytes` in Latin-1. */
const MAGICS: readonly Magic[] = [
  { kind: "zip", bytes: "PK\x03\x04" },
  { kind: "zip", bytes: "PK\x05\x06" },
  { kind: "gzip", bytes: "\x1f\x8b" },
  { kind: "packed", bytes: "7z\xbc\xaf\x27\x1c" },
  { kind: "packed", bytes: "\xfd7zXZ\x00" },
  { kind: "packed", bytes: "BZh" },
  { kind: "packed", bytes: "\x28\xb5\x2f\xfd" },
  { kind: "packed", bytes: "\x04\x22\x4d\x18" },
  { kind: "packed", bytes: "\x5d\x00\x00" },
  { kind: "packed", bytes: "Rar!" },
  { kind: "npy", bytes: "\x93NUMPY" },
  { kind: "native", bytes: "\x7fELF" },
  { kind: "native", bytes: "MZ" },
  { kind: "native", bytes: "\xcf\xfa\xed\xfe" },
  { kind: "native", bytes: "\xca\xfe\xba\xbe" },
  { kind: "native", bytes: "\x00asm" },
  { kind: "plain", bytes: "\x89PNG\r\n\x1a\n" },
  { kind: "plain", bytes: "\xff\xd8\xff" },
  { kind: "plain", bytes: "GIF8" },
  { kind: "plain", at: 8, bytes: "WEBP" },
  { kind: "plain", at: 8, bytes: "WAVE" },
  { kind: "weights", bytes: "\x89HDF\r\n\x1a\n" },
  { kind: "weights", bytes: "GGUF" },
  { kind: "weights", at: 4, bytes: "TFL3" },
];

export function kindOf(head: Uint8Array): Kind {
  const text = Buffer.from(head.buffer, head.byteOffset, Math.min(head.length, 16)).toString(
    "latin1",
  );
  for (const { kind, at = 0, bytes } of MAGICS) if (text.startsWith(bytes, at)) return kind;
  // zlib has no magic number: a deflate method of window 15, and a checksum of two bytes.
  const [first = 0, second = 0] = head;
  return first === 0x78 && (first * 256 + second) % 31 === 0 && (second & 0x20) === 0
    ? "zlib"
    : null;
}
