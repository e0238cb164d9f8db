/**
 * What every reader in this room takes and gives: random access to bytes in, facts out.
 *
 * Nothing here loads, imports or executes what it reads. A reader reads only the parts of a file that
 * describe it (headers, directories, pickle streams), never the weights.
 */
import type { Framework } from "#lib/wire/frameworks.ts";
import type { FormatName, VerdictName } from "#lib/wire/words.ts";

/** Random access to one file's bytes. Implementations: an open file, a blob, memory. */
export interface ByteSource {
  readonly sizeBytes: number;
  /** For a part of a file or of a member: where it begins there. 0 when left out. */
  readonly startsAt?: number;
  /**
   * Reads up to `length` bytes at `offset`; shorter only at the end of the file.
   * The caller must not keep the buffer across calls if it was given as `into`.
   */
  read(offset: number, length: number): Promise<Uint8Array>;
}

/** One file of a version: its path inside the version and its bytes. */
export type SourceFile = { path: string; source: ByteSource };

export type Format = FormatName;
export type Verdict = VerdictName;

/** One tensor as the file describes it. */
export type TensorFact = {
  /** Dotted name as the framework gives it, e.g. `layer1.0.conv1.weight`. */
  name: string;
  /** safetensors' spelling for every format: F64 F32 F16 BF16 F8_E4M3 F8_E5M2 I64 I32 I16 I8 U64 U32 U16 U8 BOOL C64 C128 STRING, Q4_0 ... */
  dtype: string;
  /** Dimensions; -1 where the file leaves one open. */
  shape: number[];
  /** Bytes that the tensor's values take, views counted by their own shape. */
  sizeBytes: number;
  /** Path of the file that holds the values. */
  file: string;
  /**
   * Set when the tensor is listed and is no weight of the model: `training` for the state that only a resumed
   * training needs (an optimizer's), `copy` for weights that are listed already (tied ones, an average of them). Such
   * a tensor counts neither in `parameters` nor in `dtypes`.
   */
  group?: "training" | "copy";
};

/** A finding says in a sentence what was seen and where. */
export type Finding = {
  severity: "info" | "suspicious" | "malicious" | "unscannable";
  /** Stable short code, e.g. `pickle_global`, `zip_truncated`. */
  code: string;
  /** English sentence, at most 300 characters, control characters escaped. */
  detail: string;
  /** Path of the file inside the version; a member of an archive is `model.pth!/archive/data.pkl`. */
  file: string;
  /**
   * Where in `file` it is, in bytes; for a member of an archive in the member as it is unpacked. Left out where a
   * reader cannot tell.
   */
  offset?: number;
  /** English sentences: what it could do to whoever loads the file, and how to get rid of it. */
  risk?: string;
  remedy?: string;
};

/** What a single file turned out to be. */
export type FileFacts = {
  path: string;
  format: Format;
  verdict: Verdict;
  /**
   * True when a loader of the version's framework opens this file: the version's verdict is the worst of these. A file
   * that no such loader opens (another framework's copy, an image, an optimizer's state) has a verdict for itself only.
   */
  isLoaded: boolean;
  /** Dotted `module.name` of every global a pickle in this file names, sorted, at most 1,000. */
  globals: string[];
};

/** What the bytes of a version say. `null` and empty mean "the file does not say". */
export type ModelFacts = {
  framework: Framework;
  format: Format;
  /**
   * Elements of the model's parameters as its framework counts them: tied weights once, packed weights by what they
   * unpack to; buffers are included where the format does not tell them apart. Null if unknown.
   */
  parameters: number | null;
  /** Every tensor of the files that make up the model; what is no weight of it has a `group`. Copies of files are left out. */
  tensors: TensorFact[];
  /** dtype -> number of elements as they are stored, over the tensors that have no `group`. */
  dtypes: Record<string, number>;
  /** Producer metadata as flat strings: producer_name, producer_version, ir_version, opset, torch_version, tensorflow_version, safetensors __metadata__ ... */
  producer: Record<string, string>;
  /** Inputs and outputs where the format names them. */
  signature: Signature | null;
  files: FileFacts[];
  scan: { verdict: Verdict; findings: Finding[] };
};

export type SignatureTensor = {
  name: string;
  /** As of `TensorFact`; `UNKNOWN` where the file does not say it. A caller's own words where they gave the signature. */
  dtype: string;
  /** A dimension that callers choose is the name that the file has for it, else null. Null as a whole: not known. */
  shape: (number | string | null)[] | null;
};
export type Signature = { inputs: SignatureTensor[]; outputs: SignatureTensor[] };
