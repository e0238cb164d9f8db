/**
 * What the command line and its process that scans say to each other. The process is given all files at once and works
 * through them; the one that takes too long is known by the last `at`, and another process goes on behind it.
 *
 *     parent -> child    job       all files, and what an earlier process found out about them
 *     child  -> parent   at        the file that is looked at from here on
 *     child  -> parent   read      some bytes of any file
 *     parent -> child    bytes     or failed
 *     child  -> parent   record    the first step of a file is done
 *     child  -> parent   verdict   the second step is done; or failed, when the file cannot be read
 *     child  -> parent   end
 */
import type { FileRecord, FileVerdict } from "./scan-files.ts";

export type ScanJob = {
  kind: "job";
  files: readonly { path: string; sizeBytes: number }[];
  /** By index. Undefined for a file that nobody has looked at; null for one that nobody is to look at. */
  records: readonly (FileRecord | null | undefined)[];
  /** Indexes of the files that still lack a verdict, in the order in which they are to get one. */
  wanted: readonly number[];
};

export type ToScan =
  | ScanJob
  | { kind: "bytes"; id: number; bytes: Uint8Array }
  | { kind: "failed"; id: number; reason: string };

export type FromScan =
  | { kind: "at"; index: number }
  | { kind: "read"; id: number; file: number; offset: number; length: number }
  | { kind: "record"; index: number; record: FileRecord }
  | ({ kind: "verdict"; index: number } & FileVerdict)
  | { kind: "failed"; index: number; reason: string }
  | { kind: "end" };
