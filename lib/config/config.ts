import type { AlertsConfig } from "./alerts-section.ts";
import type { RoleName } from "./auth-section.ts";
import type { BackupSection } from "./backup-section.ts";
import type { ClusterSection } from "./cluster-section.ts";
import type { S3Section } from "./s3-section.ts";
import type { LogLevel } from "./schema.ts";
import type { SmtpConfig } from "./smtp-section.ts";

export type OidcConfig = {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** On the button. */
  readonly name: string;
  readonly scope: string;
  readonly groupsClaim: string;
  readonly roles: Readonly<Record<string, RoleName>>;
  /** Of somebody in no group of `roles`; `none` refuses these. */
  readonly defaultRole: RoleName | "none";
};

/** By the framework's name; what is not here is not compared. */
export type FrameworksConfig = Readonly<
  Record<
    string,
    {
      /** Ranges (lib/wire/version-range.ts), of which a version needs to be in one. */
      readonly supportedVersions: readonly string[];
      /** Whether a registration of another version is refused. */
      readonly enforce: boolean;
    }
  >
>;

/** The whole configuration, typed; sizes in bytes, durations in milliseconds, paths absolute. */
export type Config = {
  readonly storage: {
    readonly basePath: string;
    readonly driver: "disk" | "s3" | "memory";
    readonly s3: Readonly<S3Section>;
    readonly cacheSizeBytes: number;
    /** Of a process that shares the base path with others: a name below the cache's own folder. */
    readonly cacheFolder?: string;
    readonly backupEnabled: boolean;
    readonly maxUploadSizeBytes: number;
    readonly maxFilesPerVersion: number;
    readonly minFreeSpaceBytes: number;
    readonly trashRetentionMs: number;
    readonly collectionIntervalMs: number;
    /** Whether blobs are re-encoded in the background. */
    readonly compression: boolean;
    /** How old the last verification of a blob may become. */
    readonly scrubIntervalMs: number;
    /** Bytes a second that a scrub reads at most. */
    readonly scrubRateBytes: number;
  };
  readonly uploads: {
    readonly idleTimeoutMs: number;
    readonly partSizeBytes: number;
    /** Counted from the last part that arrived. */
    readonly expireAfterMs: number;
  };
  readonly backup: Readonly<BackupSection>;
  readonly frameworks: FrameworksConfig;
  readonly api: {
    readonly host: string;
    readonly port: number;
    /** Processes that serve behind the port. */
    readonly workers: number;
    readonly authRequired: boolean;
    /** Names that the server answers to besides its own; lower case, `*` and `*.example.org` are patterns. */
    readonly allowedHosts: readonly string[];
    /** Where people and identity providers find the server; null: whatever name a request has. */
    readonly publicUrl: string | null;
    /** Proxies whose X-Forwarded-For is believed: addresses and networks. */
    readonly trustedProxies: readonly string[];
    /** Of one account, of each kind (lib/accounts/limits.ts), where accounts are on. */
    readonly requestsPerMinute: number;
  };
  readonly database: {
    /** null means that the start command runs the embedded PostgreSQL. */
    readonly url: string | null;
    /** Of the role that owns the tables; null when `url` is. */
    readonly migrationUrl: string | null;
    readonly poolSize: number;
  };
  readonly auth: {
    /** null without single sign-on. */
    readonly oidc: OidcConfig | null;
    /** Made at start where there is no administrator. */
    readonly firstAdministrator: { readonly name: string; readonly password: string } | null;
  };
  readonly cluster: ClusterSection;
  /** Bytes that a model, and the registrations of one user, may have; null is no limit. */
  readonly quotas: { readonly modelBytes: number | null; readonly userBytes: number | null };
  readonly monitoring: { readonly sampleIntervalMs: number };
  readonly alerts: AlertsConfig;
  readonly notifications: {
    /** null: no mail can be sent. */
    readonly smtp: SmtpConfig | null;
  };
  readonly webhooks: {
    /** Private addresses and networks that webhooks, and other requests to addresses that people enter, may reach. */
    readonly allowedNetworks: readonly string[];
  };
  readonly integrations: {
    /** Origins of MLflow servers that a synchronisation or an import may ask although their addresses are private. */
    readonly mlflowServers: readonly string[];
    /** Buckets from which versions are imported, with the credentials of `storage.s3`. */
    readonly importBuckets: readonly string[];
  };
  readonly log: { readonly level: LogLevel };
  /** Sentences about settings that were accepted but do not do what one may expect. */
  readonly warnings: readonly string[];
};
