/** The parts of a multipart body, in its order. Bytes are views: use them before the next event. */
export type MultipartEvent =
  | { type: "part"; headers: ReadonlyMap<string, string> }
  | { type: "data"; bytes: Uint8Array }
  | { type: "part-end" };
