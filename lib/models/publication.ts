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
  /** Where a client of MLflow says that it comes from. */
  origin?: Origin | undefined;
  /** Whether the model must be there already: `model_not_found` where it is not. */
  isOfKnownModel?: boolean | undefined;
};

/** What MLflow knows of a version besides. */
export type Origin = {
  source: string | null;
  runId: string | null;
  runLink: string | null;
  loggedModelId: string | null;
  /** Where its bytes are, when they are not here. */
  location: string | null;
};
