import { resolve } from "node:path";
import type { z } from "zod";
import { alertsToConfig } from "./alerts-section.ts";
import { oidcProblems } from "./auth-section.ts";
import type { Config } from "./config.ts";
import { ConfigError } from "./config-error.ts";
import { isTree, layer, readConfigFile, setValue, type Tree } from "./config-tree.ts";
import {
  type Environment,
  findNearMisses,
  type Override,
  readFirstAdministrator,
  readOverrides,
} from "./environment.ts";
import { s3Problems } from "./s3-section.ts";
import { configSchema, DEFAULTS } from "./schema.ts";
import { smtpProblems, toSmtp } from "./smtp-section.ts";

const DEFAULT_FILE = "config/model_registry.yaml";

/** Keys whose values may hold a password: messages never repeat them. */
const SECRET_KEYS: ReadonlySet<string> = new Set([
  "database.url",
  "database.migration_url",
  "storage.s3.endpoint",
  "storage.s3.access_key_id",
  "storage.s3.secret_access_key",
  "backup.passphrase",
  "backup.s3.endpoint",
  "backup.s3.access_key_id",
  "backup.s3.secret_access_key",
  "auth.oidc.client_secret",
  "notifications.smtp.password",
]);

/**
 * Reads `config/model_registry.yaml` (or the file that `MODEL_REGISTRY_CONFIG` names) and the
 * environment. Relative paths are relative to `projectFolder`, the folder the server runs in.
 * Throws ConfigError with every problem at once.
 */
export function loadConfig(
  env: Environment = process.env,
  projectFolder: string = process.cwd(),
): Config {
  const file = resolve(projectFolder, env.MODEL_REGISTRY_CONFIG ?? DEFAULT_FILE);
  const fromFile = readConfigFile(file);
  const { overrides, problems } = readOverrides(env);
  const written = layer(structuredClone(DEFAULTS) as Tree, fromFile);
  for (const override of overrides) setValue(written, override.path, override.value);

  const parsed = configSchema(projectFolder).safeParse(written);
  if (!parsed.success) {
    problems.push(
      ...parsed.error.issues.flatMap((issue) => toSentences(issue, written, overrides)),
    );
  }
  for (const section of ["storage", "backup"])
    for (const { key, rule } of s3Problems(section, written[section]))
      problems.push(`${section}.s3.${key} ${rule}.`);
  for (const { key, rule } of oidcProblems((written.auth as Tree | undefined)?.oidc))
    problems.push(`auth.oidc.${key} ${rule}.`);
  for (const { key, rule } of smtpProblems((written.notifications as Tree | undefined)?.smtp))
    problems.push(`notifications.smtp.${key} ${rule}.`);
  if (parsed.success) problems.push(...importProblems(parsed.data));
  const firstAdministrator = readFirstAdministrator(env, problems);
  if (parsed.data?.database.migration_url && !parsed.data.database.url)
    problems.push(
      "database.migration_url is of no use without database.url; set both, or neither.",
    );
  if (!parsed.success || problems.length > 0) throw new ConfigError(problems);
  const warnings = findNearMisses(env, leafKeys(DEFAULTS));
  return toConfig(parsed.data, { warnings, firstAdministrator });
}

/** Whoever may register versions would read every blob there, by its digest. */
function importProblems({
  integrations,
  storage,
  backup,
}: z.output<ReturnType<typeof configSchema>>): string[] {
  const own = [storage.s3.bucket, backup.target.kind === "bucket" ? backup.target.bucket : ""];
  return integrations.import_buckets
    .filter((bucket) => own.includes(bucket))
    .map(
      (bucket) =>
        `integrations.import_buckets must not have ${bucket}, where the registry keeps the bytes of all models.`,
    );
}

function toSentences(
  issue: z.core.$ZodIssue,
  written: Tree,
  overrides: readonly Override[],
): string[] {
  const path = issue.path.map(String);
  const source = (key: string) => {
    const made = overrides.find(
      ({ path: setting }) => setting.join(".") === key || setting.join(".").startsWith(`${key}.`),
    );
    return made === undefined ? "" : `set by ${made.name}`;
  };
  const sentence = (key: string, rule: string, ...details: string[]) => {
    const shown = details.filter((detail) => detail !== "").join(", ");
    return `${key} ${rule}${shown === "" ? "" : ` (${shown})`}.`;
  };
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((unknown) => {
      const key = [...path, unknown].join(".");
      return sentence(key, "is not a setting; check its spelling", source(key));
    });
  }
  const key = path.join(".");
  if (issue.code !== "custom") {
    return [sentence(key, "must be a section with settings of its own", source(key))];
  }
  const value = path.reduce<unknown>((at, name) => (isTree(at) ? at[name] : undefined), written);
  const found = SECRET_KEYS.has(key) ? "" : `it is ${JSON.stringify(value) ?? "missing"}`;
  return [sentence(key, issue.message, found, source(key))];
}

function leafKeys(tree: object, prefix = ""): string[] {
  return Object.entries(tree).flatMap(([key, value]) =>
    isTree(value) ? leafKeys(value, `${prefix}${key}.`) : [prefix + key],
  );
}

function toConfig(
  raw: z.output<ReturnType<typeof configSchema>>,
  {
    warnings,
    firstAdministrator,
  }: {
    warnings: string[];
    firstAdministrator: Config["auth"]["firstAdministrator"];
  },
): Config {
  const { oidc } = raw.auth;
  const frameworks = Object.entries(raw.frameworks).flatMap(([name, section]) =>
    section === undefined
      ? []
      : [
          [
            name,
            { supportedVersions: section.supported_versions, enforce: section.enforce },
          ] as const,
        ],
  );
  return {
    storage: {
      basePath: raw.storage.base_path,
      driver: raw.storage.driver,
      cacheSizeBytes: raw.storage.cache_size,
      backupEnabled: raw.storage.backup_enabled,
      maxUploadSizeBytes: raw.storage.max_upload_size,
      maxFilesPerVersion: raw.storage.max_files_per_version,
      minFreeSpaceBytes: raw.storage.min_free_space,
      trashRetentionMs: raw.storage.trash_retention,
      collectionIntervalMs: raw.storage.collection_interval,
      compression: raw.storage.compression,
      scrubIntervalMs: raw.storage.scrub_interval,
      scrubRateBytes: raw.storage.scrub_rate,
      s3: {
        endpoint: raw.storage.s3.endpoint,
        region: raw.storage.s3.region,
        bucket: raw.storage.s3.bucket,
        prefix: raw.storage.s3.prefix,
        accessKeyId: raw.storage.s3.access_key_id,
        secretAccessKey: raw.storage.s3.secret_access_key,
        forcePathStyle: raw.storage.s3.force_path_style,
        redirectDownloads: raw.storage.s3.redirect_downloads,
      },
    },
    uploads: {
      idleTimeoutMs: raw.uploads.idle_timeout,
      partSizeBytes: raw.uploads.part_size,
      expireAfterMs: raw.uploads.expire_after,
    },
    backup: {
      schedule: raw.backup.schedule,
      drillSchedule: raw.backup.drill_schedule,
      target: raw.backup.target,
      keep: raw.backup.keep,
      passphrase: raw.backup.passphrase,
      s3: {
        endpoint: raw.backup.s3.endpoint,
        region: raw.backup.s3.region,
        accessKeyId: raw.backup.s3.access_key_id,
        secretAccessKey: raw.backup.s3.secret_access_key,
        forcePathStyle: raw.backup.s3.force_path_style,
      },
    },
    frameworks: Object.fromEntries(frameworks),
    api: {
      host: raw.api.host,
      port: raw.api.port,
      // What one process has in its memory no other has.
      workers: raw.storage.driver === "memory" ? 1 : raw.api.workers,
      authRequired: raw.api.auth_required,
      allowedHosts: raw.api.allowed_hosts,
      publicUrl: raw.api.public_url,
      trustedProxies: raw.api.trusted_proxies,
      requestsPerMinute: raw.api.requests_per_minute,
    },
    database: {
      url: raw.database.url,
      migrationUrl: raw.database.migration_url,
      poolSize: raw.database.pool_size,
    },
    auth: {
      oidc:
        oidc.issuer === null
          ? null
          : {
              issuer: oidc.issuer,
              clientId: oidc.client_id ?? "",
              clientSecret: oidc.client_secret ?? "",
              name: oidc.name,
              scope: oidc.scope,
              groupsClaim: oidc.groups_claim,
              roles: oidc.roles,
              defaultRole: oidc.default_role,
            },
      firstAdministrator,
    },
    cluster: {
      dask: {
        schedulerAddress: raw.cluster.dask.scheduler_address,
        agent: raw.cluster.dask.agent,
      },
    },
    quotas: { modelBytes: raw.quotas.model, userBytes: raw.quotas.user },
    monitoring: { sampleIntervalMs: raw.monitoring.sample_interval },
    alerts: alertsToConfig(raw.alerts),
    notifications: { smtp: toSmtp(raw.notifications.smtp) },
    webhooks: { allowedNetworks: raw.webhooks.allowed_networks },
    integrations: {
      mlflowServers: raw.integrations.mlflow_servers,
      importBuckets: raw.integrations.import_buckets,
    },
    log: { level: raw.log.level },
    warnings,
  };
}
