import type { Framework } from "#lib/wire/frameworks.ts";
import type { Finding, Format, Signature, TensorFact } from "./contract.ts";

/** What one file, or the files that belong together, say about the model. */
export type FormatFacts = {
  format: Format;
  framework: Framework;
  /** See `ModelFacts.parameters`. */
  parameters: number | null;
  tensors: TensorFact[];
  producer: Record<string, string>;
  signature: Signature | null;
  findings: Finding[];
  /**
   * Paths of other files that belong to this one and are nothing by themselves; files named in `tensors` need not be
   * repeated.
   */
  parts?: string[];
  /** Path of another file -> its pieces, each of which is a file of its own. */
  slices?: ReadonlyMap<string, readonly Slice[]>;
};

/** A piece of a file. */
export type Slice = { offset: number; length: number };
