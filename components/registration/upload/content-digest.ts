/** A file up to this size is read into memory to be hashed: four at once must fit a phone's tab. */
export const DIGEST_MAX_BYTES = 64 * 1024 * 1024;

/**
 * SHA-256 by the browser, which computes it outside the page's thread. Null where browsers offer none: on plain http
 * addresses other than this machine's.
 */
export async function sha256(bytes: ArrayBuffer): Promise<ArrayBuffer | null> {
  return globalThis.crypto?.subtle ? crypto.subtle.digest("SHA-256", bytes) : null;
}

/** `Content-Digest` (RFC 9530): a structured field with the bytes in base64. */
export function contentDigest(hash: ArrayBuffer): string {
  return `sha-256=:${btoa(String.fromCharCode(...new Uint8Array(hash)))}:`;
}

/** `sha256:<hex>`, the name of a blob. */
export function blobDigest(hash: ArrayBuffer): string {
  const hex = Array.from(new Uint8Array(hash), (byte) => byte.toString(16).padStart(2, "0"));
  return `sha256:${hex.join("")}`;
}
