/** `sha256:<hex>` of a typed or pasted text: with or without its prefix, in any case; null for anything else. */
export function parseDigest(text: string): string | null {
  const hex = /^\s*(?:sha256:)?([0-9a-f]{64})\s*$/i.exec(text)?.[1];
  return hex === undefined ? null : `sha256:${hex.toLowerCase()}`;
}

/** The page that says why a blob is kept. */
export function blobHref(digest: string): string {
  return `/storage/blobs/${digest}`;
}
