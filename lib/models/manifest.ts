/**
 * The manifest: the canonical JSON of what a version is. Its SHA-256 is the version's digest, so two
 * registrations are "identical content" exactly when their manifests are the same bytes.
 * Its files are sorted by path.
 */
import { createHash } from "node:crypto";
import type { Signature } from "#lib/formats/contract.ts";
import { canonicalJson } from "#lib/wire/canonical-json.ts";
import type { Registration } from "./request-schema.ts";

export const MANIFEST_MEDIA_TYPE = "application/vnd.cluster-ai.model.manifest.v1+json";

export type ManifestFile = { path: string; digest: string; size_bytes: number; media_type: string };

export type Manifest = {
  media_type: typeof MANIFEST_MEDIA_TYPE;
  framework: string;
  metadata: Record<string, unknown>;
  /** The signature that the client gave; absent where it gave none. */
  signature?: Signature;
  files: ManifestFile[];
};

export function buildManifest(
  framework: string,
  { metadata = {}, signature }: Pick<Registration, "metadata" | "signature">,
  files: readonly ManifestFile[],
): { manifest: Manifest; digest: string } {
  const sorted = [...files].sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
  const manifest: Manifest = {
    media_type: MANIFEST_MEDIA_TYPE,
    framework,
    metadata,
    ...(signature === undefined ? {} : { signature }),
    files: sorted,
  };
  return { manifest, digest: createHash("sha256").update(canonicalJson(manifest)).digest("hex") };
}
