/**
 * The manifest: the canonical JSON of what a version is. Its SHA-256 is the version's digest, so two
 * registrations are "identical content" exactly when their manifests are the same bytes.
 *
 * Canonical form: RFC 8785 (JCS) as far as it matters here: keys sorted by UTF-16 code unit, no
 * spaces, numbers and strings as ECMAScript writes them; files sorted by path.
 */
import { createHash } from "node:crypto";

export const MANIFEST_MEDIA_TYPE = "application/vnd.cluster-ai.model.manifest.v1+json";

export type ManifestFile = { path: string; digest: string; size_bytes: number; media_type: string };

export type Manifest = {
  media_type: typeof MANIFEST_MEDIA_TYPE;
  framework: string;
  metadata: Record<string, unknown>;
  files: ManifestFile[];
};

export function buildManifest(
  framework: string,
  metadata: Record<string, unknown>,
  files: readonly ManifestFile[],
): { manifest: Manifest; digest: string } {
  const sorted = [...files].sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
  const manifest: Manifest = {
    media_type: MANIFEST_MEDIA_TYPE,
    framework,
    metadata,
    files: sorted,
  };
  return { manifest, digest: createHash("sha256").update(canonicalJson(manifest)).digest("hex") };
}

/** JSON with sorted keys and no spaces; `undefined` members are left out, as JSON.stringify does. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value))
    return `[${value.map((item) => canonicalJson(item ?? null)).join(",")}]`;
  if (value !== null && typeof value === "object") {
    const members = Object.entries(value)
      .filter(([, member]) => member !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, member]) => `${JSON.stringify(key)}:${canonicalJson(member)}`);
    return `{${members.join(",")}}`;
  }
  return JSON.stringify(value ?? null);
}
