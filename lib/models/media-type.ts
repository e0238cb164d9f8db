/** Media types by file name, for downloads (always sent as attachments, so this only informs). */
const BY_EXTENSION: Record<string, string> = {
  json: "application/json",
  md: "text/markdown; charset=utf-8",
  txt: "text/plain; charset=utf-8",
  yaml: "application/yaml",
  yml: "application/yaml",
  zip: "application/zip",
  tar: "application/x-tar",
  gz: "application/gzip",
  safetensors: "application/vnd.safetensors",
  onnx: "application/onnx",
  pb: "application/x-protobuf",
  h5: "application/x-hdf5",
};

export function mediaTypeOf(path: string): string {
  const extension = /\.([a-z0-9]+)$/i.exec(path)?.[1]?.toLowerCase() ?? "";
  return BY_EXTENSION[extension] ?? "application/octet-stream";
}
