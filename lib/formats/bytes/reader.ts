/** The one shape of a format's reader. */
import type { ByteSource, Format, SourceFile } from "../contract.ts";
import type { FormatFacts } from "../format-facts.ts";

/** One pickle stream as its opcodes describe it. Nothing of it was built or called. */
export type PickleReport = {
  /** Path of the file, or of the member: `model.pth!/archive/data.pkl`. */
  where: string;
  /** What the stream names; order of first mention. */
  globals: PickleGlobal[];
  /** False when the stream is cut, malformed or beyond a cap: nobody knows what follows then. */
  parsedToEnd: boolean;
  /** Why the stream was not parsed to its end, as a clause for a sentence. */
  problem: string | null;
  /** Where in `where` that was met; null when it was parsed to its end. */
  problemAt: number | null;
  oddities: PickleOddity[];
  /** Globals of TorchScript's own namespace are names in the archive's code, not Python's. */
  isTorchScript: boolean;
};

/** What is odd without being wrong, by a stable code such as `pickle_trailing_bytes`, and where it was first met. */
export type PickleOddity = { code: string; offset: number };

export type PickleGlobal = {
  module: string;
  name: string;
  /** Where the opcode is that names it first. */
  offset: number;
  /** True when the stream calls the global (or hands it to something that does). */
  isCalled: boolean;
  /** True for `functools.partial` and `getattr` that only bind what the stream itself names or makes. */
  isBinding?: boolean;
  /**
   * True when everything that the stream does with the global is known to be harmless, though other streams may do
   * harm with it.
   */
  isProven?: boolean;
};

/** What a reader says about one file (and, for some formats, the siblings that belong to it). */
export type FileReading = FormatFacts & {
  /** Sorted dotted names, at most 1,000; empty for formats that carry no code. */
  globals: string[];
  /** True when the description of the file was understood from its first to its last byte. */
  parsedToEnd: boolean;
  /** Every pickle stream in the file; empty for formats that have none. */
  pickles: PickleReport[];
};

/** How much of a file `detect` is given: the largest fixed head of a format (a tar block) fits. */
export const HEAD_BYTES = 4096;

export type FormatReader = {
  readonly format: Format;
  /** Tells by content only. `head` is the first `HEAD_BYTES` (fewer in a smaller file). Never throws for content. */
  detect(head: Uint8Array, source: ByteSource): Promise<boolean> | boolean;
  /**
   * Throws `invalid_model_file` for a file that is not what `detect` took it for.
   * `siblings` are the version's other files by path.
   */
  read(file: SourceFile, siblings: ReadonlyMap<string, ByteSource>): Promise<FileReading>;
};
