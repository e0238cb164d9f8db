/** A zip member by member: pickles under any name, and whatever else is in it. */
import { isRegistryError } from "#lib/errors.ts";
import {
  memberHead,
  memberStart,
  openZip,
  readMember,
  storedMember,
  type ZipArchive,
} from "#lib/formats/archives/zip.ts";
import type { ZipEntry } from "#lib/formats/archives/zip-directory.ts";
import { memorySource, sliceSource } from "#lib/formats/bytes/byte-source.ts";
import { HEAD_BYTES } from "#lib/formats/bytes/reader.ts";
import { plainText } from "#lib/formats/bytes/window-reader.ts";
import type { ByteSource } from "#lib/formats/contract.ts";
import { hasPickleMark, parsePickle } from "#lib/formats/pickle/pickle.ts";
import { beginsAsPickle } from "#lib/formats/pickle/pickle-file.ts";
import { reportOf } from "#lib/formats/pickle/pickle-report.ts";
import { exportRoot } from "#lib/formats/torch/torch-export.ts";
import { kindOf } from "./magic.ts";
import { type ScanContent, type ScanContext, scanKnown } from "./scan-context.ts";

/** A compressed member is held in memory while it is scanned. */
const MAX_MEMBER_BYTES = 128 * 1024 * 1024;
/** PyTorch never compresses `data.pkl`, so this bounds only the work of verifying its checksum. */
const MAX_CHECKED_BYTES = 512 * 1024 * 1024;

type Layout = {
  root: string | null;
  isTorchScript: boolean;
  /** The folder of an exported program, with its final slash. */
  exported: string | null;
};

/** Absolute, of a drive, or with a step to the folder above. */
const OUTSIDE = /^[/\\]|^[A-Za-z]:|(?:^|[/\\])\.\.(?:[/\\]|$)/;
const FILE_TYPE = 0o170000;
const LINK = 0o120000;
const MAX_LINK_BYTES = 4096;
const LOCAL_MARK = "PK\x03\x04";
/** What may be between a member and the next: its checksum and lengths once more, with or without a mark, of either width. */
const DESCRIPTOR_BYTES = [0, 12, 16, 20, 24];
/** What TorchScript writes about its code, and the example that `torch.jit.trace` was given. */
const OWN_PICKLE = /\.debug_pkl$|^traced_inputs\.pkl$/;
/** Members of an exported program that are a tensor's bytes and nothing else. */
const EXPORTED_WEIGHT = /^data\/(?:weights\/weight_|constants\/tensor_)\d+$/;

export async function scanZip(
  context: ScanContext,
  source: ByteSource,
  where: string,
  depth: number,
  scanContent: ScanContent,
): Promise<void> {
  let zip: ZipArchive;
  try {
    zip = await openZip(source);
  } catch (error) {
    if (!isRegistryError(error) || error.status >= 500) throw error;
    // Damage does not excuse a payload that a more tolerant reader would still find at the start.
    await scanKnown(context, source, where);
    context.add("unscannable", "zip_unreadable", error.detail, where);
    return;
  }
  const hidden = await findHiddenMember(zip);
  if (hidden !== null) {
    const detail = "The archive has a member that its directory does not list.";
    context.add("unscannable", "zip_hidden_member", detail, where, hidden);
  }
  const layout = await layoutOf(zip);
  for (const entry of zip.entries) {
    if (entry.isFolder && entry.sizeBytes === 0) continue;
    const inside = `${where}!/${entry.name}`;
    try {
      await judgePath(context, zip, entry, where);
      const content = await scanMember(context, zip, entry, inside, layout);
      if (content) await scanContent(context, content, inside, depth + 1);
    } catch (error) {
      if (!isRegistryError(error) || error.status >= 500) throw error;
      const place = `The member's header is at byte ${entry.localOffset} of the archive.`;
      context.add("unscannable", "zip_member_unreadable", `${error.detail} ${place}`, inside);
    }
  }
}

/** Names, and what links lead to, count from the folder that the archive is unpacked into. */
async function judgePath(
  context: ScanContext,
  zip: ZipArchive,
  entry: ZipEntry,
  where: string,
): Promise<void> {
  const isLink = (entry.unixMode & FILE_TYPE) === LINK;
  const target = isLink ? await memberHead(zip, entry, MAX_LINK_BYTES) : null;
  const paths = [entry.name, ...(target ? [Buffer.from(target).toString("utf8")] : [])];
  const outside = paths.find((path) => OUTSIDE.test(path));
  if (outside === undefined) return;
  const detail = `The archive writes outside of the folder that it is unpacked into: ${plainText(outside, 120)}.`;
  context.add("unscannable", "archive_path", detail, where, entry.localOffset);
}

/** Where a reader that goes from member to member finds one that the directory does not name; null where it finds none. */
async function findHiddenMember(zip: ZipArchive): Promise<number | null> {
  const { source, entries } = zip;
  const known = new Set(entries.map(({ localOffset }) => localOffset));
  const hides = async (offset: number) => {
    const mark = Buffer.from(await source.read(offset, LOCAL_MARK.length)).toString("latin1");
    return mark === LOCAL_MARK && !known.has(offset);
  };
  if (await hides(0)) return 0;
  for (const entry of entries) {
    const end = await memberEnd(zip, entry);
    if (end === null) continue;
    for (const bytes of DESCRIPTOR_BYTES) if (await hides(end + bytes)) return end + bytes;
  }
  return null;
}

/** Null for a member that cannot be read; the scan of that member reports it. */
async function memberEnd(zip: ZipArchive, entry: ZipEntry): Promise<number | null> {
  try {
    return (await memberStart(zip, entry)) + entry.compressedBytes;
  } catch (error) {
    if (!isRegistryError(error) || error.status >= 500) throw error;
    return null;
  }
}

/** PyTorch's archives keep everything in one folder beside their `data.pkl`. */
async function layoutOf(zip: ZipArchive): Promise<Layout> {
  const names = new Set(zip.entries.map(({ name }) => name));
  const pickles = [...names].filter((name) => /^[^/]+\/data\.pkl$/.test(name));
  const root = pickles.length === 1 ? (pickles[0]?.split("/")[0] ?? null) : null;
  const isTorchScript = root !== null && names.has(`${root}/constants.pkl`);
  return { root, isTorchScript, exported: root === null ? await exportRoot(zip) : null };
}

/** Scans a member that its place in the archive explains; returns the content of any other member. */
async function scanMember(
  context: ScanContext,
  zip: ZipArchive,
  entry: ZipEntry,
  where: string,
  { root, isTorchScript, exported }: Layout,
): Promise<ByteSource | null> {
  const name = root === null ? entry.name : entry.name.slice(root.length + 1);
  const head = await memberHead(zip, entry, HEAD_BYTES);
  if (root !== null && entry.name.startsWith(`${root}/`)) {
    if (/^(?:data|constants|tensors)\/\d+$/.test(name)) {
      // Values of a tensor, which may look like anything. Their first page is enough for a payload.
      await scanKnown(context, memorySource(head), where);
      return null;
    }
    if (/^(?:data|constants)\.pkl$/.test(name)) {
      await scanCheckedPickle(context, zip, entry, where, isTorchScript);
      return null;
    }
    // TorchScript's source: compiled by PyTorch itself, which knows no import and no file.
    const isPickle = await beginsAsPickle(head, memorySource(head));
    if (isTorchScript && /^code\/.*\.py$/.test(name) && !isPickle) return null;
    if (isTorchScript && OWN_PICKLE.test(name) && hasPickleMark(head)) {
      await scanCheckedPickle(context, zip, entry, where, true);
      return null;
    }
  }
  const inExport = exported !== null && entry.name.startsWith(exported);
  const place = inExport ? entry.name.slice(exported.length) : name;
  // Values of a tensor, and what a program is given back as bytes, may look like anything but what carries code.
  const isData = inExport
    ? EXPORTED_WEIGHT.test(place) || place.startsWith("extra/")
    : isTorchScript && place.startsWith("extra/");
  if (isData && kindOf(head) === null && !(await beginsAsPickle(head, memorySource(head)))) {
    await scanKnown(context, memorySource(head), where);
    return null;
  }
  const stored = await storedMember(zip, entry);
  if (stored) return stored;
  const kind = kindOf(head);
  // Arrays that are too large to hold: their header tells whether there are objects in them.
  if (kind === "npy" && entry.sizeBytes > MAX_MEMBER_BYTES) return memorySource(head);
  if (!context.mayInflate(entry.sizeBytes)) {
    context.add("unscannable", "bomb", "The archive expands to unreasonably much.", where);
    return null;
  }
  return memorySource(await readMember(zip, entry, MAX_MEMBER_BYTES));
}

async function scanCheckedPickle(
  context: ScanContext,
  zip: ZipArchive,
  entry: ZipEntry,
  where: string,
  isTorchScript: boolean,
): Promise<void> {
  const bytes = await readMember(zip, entry, MAX_CHECKED_BYTES);
  const stream = await parsePickle(memorySource(bytes));
  const report = reportOf(stream, where, isTorchScript);
  if (stream.parsedToEnd && stream.endOffset < bytes.length) {
    report.oddities.push({ code: "pickle_trailing_bytes", offset: stream.endOffset });
    // Our reader stops after the first stream; a loader that is asked to reads the second one.
    const rest = sliceSource(
      memorySource(bytes),
      stream.endOffset,
      bytes.length - stream.endOffset,
    );
    await scanKnown(context, rest, where);
  }
  context.addPickles([report]);
}
