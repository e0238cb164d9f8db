import type { FileReading } from "../bytes/reader.ts";
import type { Finding, Format, SourceFile } from "../contract.ts";
import type { Slice } from "../format-facts.ts";

/** One file and what it turned out to be: null when no reader knows it. */
export type InspectedFile = {
  file: SourceFile;
  format: Format;
  /** As in `FileFacts`. */
  isLoaded: boolean;
  reading: FileReading | null;
  /** Findings about a file that no reader knows. */
  notes?: readonly Finding[];
  /** The pieces that another file says this one is made of. */
  slices?: readonly Slice[];
};
