import type { VersionFacts } from "#lib/inspection/version-facts.ts";
import type { Manifest } from "./manifest.ts";
import type { Registration } from "./request-schema.ts";

/** The content that is about to become a version. */
export type Publication = {
  registration: Registration;
  manifest: Manifest;
  /** Hex SHA-256 of the manifest. */
  digest: string;
  facts: VersionFacts;
  idempotencyKey: string | null;
};
