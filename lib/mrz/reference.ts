import type { EncodedBlock } from "./encode-block.ts";

/** Which bytes of which source (`BlockEntry`). */
export type Reference = { source: number; sourceOffset: number };

/** A block without a payload: its bytes are those of a source. */
export function referenceTo(source: number, sourceOffset: number): EncodedBlock & Reference {
  return {
    encoding: "reference",
    grouping: null,
    fillByte: 0,
    payload: [],
    payloadBytes: 0,
    source,
    sourceOffset,
  };
}
