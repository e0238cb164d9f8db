/** The facts that a version keeps, and what stands for them when nobody can find them out. */
import type { ModelFacts, SourceFile } from "#lib/formats/contract.ts";
import { explained, finding } from "#lib/scan/verdict.ts";

/**
 * The facts as they are stored. The tensors come as the text that the database is given: as objects, a million of
 * them would stop the event loop for seconds on their way from the process that read them.
 */
export type VersionFacts = Omit<ModelFacts, "tensors"> & {
  tensorCount: number;
  /** JSON array of `TensorFact`, each with its `position`. */
  tensorRows: string;
};

export function toVersionFacts({ tensors, ...facts }: ModelFacts): VersionFacts {
  const rows = tensors.map((tensor, position) => JSON.stringify({ ...tensor, position }));
  return { ...facts, tensorCount: tensors.length, tensorRows: `[${rows.join(",")}]` };
}

/** The bound that an inspection came to. */
export type Exhausted = "time" | "memory";

/** The facts of files whose inspection was stopped: nothing is known of them, so nothing lets them out. */
export function unscannableFacts(files: readonly SourceFile[], exhausted: Exhausted): VersionFacts {
  const detail = `Reading the file took more ${exhausted} than a file of its size may take, and was stopped.`;
  return {
    framework: "other",
    format: "unknown",
    parameters: null,
    tensorCount: 0,
    tensorRows: "[]",
    dtypes: {},
    producer: {},
    signature: null,
    files: files.map(({ path }) => ({
      path,
      format: "unknown",
      verdict: "unscannable",
      isLoaded: true,
      globals: [],
    })),
    scan: {
      verdict: "unscannable",
      findings: files
        .slice(0, 1)
        .map(({ path }) =>
          explained(finding("unscannable", `${exhausted}_exceeded`, detail, path)),
        ),
    },
  };
}
