/**
 * Headers of a POSIX tar archive (IEEE 1003.1-2017, pax: "pax Interchange Format" and "ustar Interchange
 * Format"), written so that their lengths are known before a byte of a file is read.
 */

export const TAR_BLOCK_BYTES = 512;
/** Two blocks of zeros end an archive. */
export const TAR_END_BYTES = 2 * TAR_BLOCK_BYTES;
/** Eleven octal digits; longer files have their length in a pax record. */
const USTAR_MAX_SIZE = 0o77777777777;
const NAME_BYTES = 100;
const PREFIX_BYTES = 155;

export type TarEntry = { path: string; sizeBytes: number; modifiedAt: Date };

/** Zeros that fill a file's last block. */
export function paddingOf(sizeBytes: number): number {
  return (TAR_BLOCK_BYTES - (sizeBytes % TAR_BLOCK_BYTES)) % TAR_BLOCK_BYTES;
}

/** Everything before the bytes of a file: one block, or three and more where ustar's fields are too small. */
export function tarHeader(entry: TarEntry): Buffer {
  const names = splitPath(entry.path);
  const records: string[] = [];
  if (names === null) records.push(paxRecord("path", entry.path));
  if (entry.sizeBytes > USTAR_MAX_SIZE) records.push(paxRecord("size", String(entry.sizeBytes)));
  const size = Math.min(entry.sizeBytes, USTAR_MAX_SIZE);
  // Readers without pax see a shortened name; all others take it from the record.
  const { name, prefix } = names ?? { name: "long-path", prefix: "" };
  const header = block({ name, prefix, size, type: "0", modifiedAt: entry.modifiedAt });
  if (records.length === 0) return header;
  const body = Buffer.from(records.join(""), "utf8");
  const extension = block({
    name: "PaxHeaders/entry",
    prefix: "",
    size: body.length,
    type: "x",
    modifiedAt: entry.modifiedAt,
  });
  return Buffer.concat([extension, body, Buffer.alloc(paddingOf(body.length)), header]);
}

/** null where the path does not fit into name and prefix, or is not ASCII. */
function splitPath(path: string): { name: string; prefix: string } | null {
  if (!/^[\x20-\x7e]*$/.test(path)) return null;
  if (path.length <= NAME_BYTES) return { name: path, prefix: "" };
  for (let at = path.indexOf("/"); at !== -1; at = path.indexOf("/", at + 1)) {
    const [prefix, name] = [path.slice(0, at), path.slice(at + 1)];
    if (prefix.length <= PREFIX_BYTES && name.length <= NAME_BYTES) return { name, prefix };
  }
  return null;
}

/** `<length> <key>=<value>\n`, where the length counts its own digits. */
function paxRecord(key: string, value: string): string {
  const rest = ` ${key}=${value}\n`;
  const restBytes = Buffer.byteLength(rest, "utf8");
  let length = restBytes + 1;
  while (restBytes + String(length).length !== length) length = restBytes + String(length).length;
  return length + rest;
}

function block(fields: {
  name: string;
  prefix: string;
  size: number;
  type: "0" | "x";
  modifiedAt: Date;
}): Buffer {
  const header = Buffer.alloc(TAR_BLOCK_BYTES);
  const octal = (value: number, digits: number) => value.toString(8).padStart(digits, "0");
  const seconds = Math.max(0, Math.floor(fields.modifiedAt.getTime() / 1000));
  header.write(fields.name, 0, NAME_BYTES, "latin1");
  header.write(octal(0o644, 7), 100, "latin1");
  header.write(octal(0, 7), 108, "latin1");
  header.write(octal(0, 7), 116, "latin1");
  header.write(octal(fields.size, 11), 124, "latin1");
  header.write(octal(seconds, 11), 136, "latin1");
  // The checksum counts its own field as spaces.
  header.fill(" ", 148, 156);
  header.write(fields.type, 156, "latin1");
  header.write("ustar\x0000", 257, "latin1");
  header.write(fields.prefix, 345, PREFIX_BYTES, "latin1");
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${octal(sum, 6)}\0 `, 148, "latin1");
  return header;
}
