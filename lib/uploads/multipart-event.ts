/** What a multipart body consists of, in its order. Bytes are views: use them before the next event. */
export type MultipartEvent =
  | { type: "part"; headers: ReadonlyMap<string, string> }
  | { type: "data"; bytes: Uint8Array }
  | { type: "part-end" };
