import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { parseDocument } from "yaml";
import type { z } from "zod";
import { ConfigError } from "./config-error.ts";
import { type Environment, findNearMisses, type Override, readOverrides } from "./environment.ts";
import { type S3Section, s3Problems } from "./s3-section.ts";
import { configSchema, DEFAULTS, type LogLevel } from "./schema.ts";

/** The whole configuration, typed; sizes in bytes, durations in milliseconds, paths absolute. */
export type Config = {
  readonly storage: {
    readonly basePath: string;
    readonly driver: "disk" | "s3" | "memory";
    readonly s3: Readonly<S3Section>;
    readonly cacheSizeBytes: number;
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
  readonly frameworks: Readonly<Record<string, { readonly supportedVersions: readonly string[] }>>;
  readonly api: {
    readonly host: string;
    readonly port: number;
    readonly authRequired: boolean;
    /** Names that the server answers to besides its own; lower case, `*` and `*.example.org` are patterns. */
    readonly allowedHosts: readonly string[];
  };
  /** `url` null means that the start command runs the embedded PostgreSQL. */
  readonly database: { readonly url: string | null; readonly poolSize: number };
  readonly log: { readonly level: LogLevel };
  /** Sentences about settings that were accepted but do not do what one may expect. */
  readonly warnings: readonly string[];
};

const DEFAULT_FILE = "config/model_registry.yaml";

/** Keys whose values may hold a password: messages never repeat them. */
const SECRET_KEYS: ReadonlySet<string> = new Set([
  "database.url",
  "storage.s3.endpoint",
  "storage.s3.access_key_id",
  "storage.s3.secret_access_key",
]);

/** Accepted and checked, but read by nothing in this release: nothing is backed up yet. */
const WITHOUT_EFFECT = ["storage.backup_enabled", "frameworks.*.supported_versions"] as const;

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
  for (const { key, rule } of s3Problems(written.storage))
    problems.push(`storage.s3.${key} ${rule}.`);
  if (!parsed.success || problems.length > 0) throw new ConfigError(problems);
  const warnings = [
    ...findNearMisses(env, leafKeys(DEFAULTS)),
    ...unusedSettings(fromFile, overrides),
  ];
  return toConfig(parsed.data, warnings);
}

type Tree = { [key: string]: unknown };

function readConfigFile(file: string): Tree {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ConfigError([
      `The configuration file ${file} cannot be read (${reason}); MODEL_REGISTRY_CONFIG names another one.`,
    ]);
  }
  const document = parseDocument(text);
  if (document.errors.length > 0) {
    throw new ConfigError(
      document.errors.map((error) => `${file} is not valid YAML: ${error.message.split("\n")[0]}`),
    );
  }
  const tree: unknown = document.toJS({ maxAliasCount: 100 });
  if (tree === null) return {};
  if (!isTree(tree)) throw new ConfigError([`${file} must hold sections such as "storage:".`]);
  return tree;
}

function isTree(value: unknown): value is Tree {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** `over` on top of `base`, section by section; a section left empty in the file changes nothing. */
function layer(base: Tree, over: Tree): Tree {
  for (const [key, value] of Object.entries(over)) {
    const below = Object.hasOwn(base, key) ? base[key] : undefined;
    if (isTree(below) && (isTree(value) || value === null)) layer(below, value ?? {});
    else define(base, key, value);
  }
  return base;
}

function setValue(tree: Tree, path: readonly string[], value: string): void {
  const [key, ...rest] = path;
  if (key === undefined) return;
  if (rest.length === 0) {
    define(tree, key, value);
    return;
  }
  const below = Object.hasOwn(tree, key) ? tree[key] : undefined;
  const section = isTree(below) ? below : {};
  define(tree, key, section);
  setValue(section, rest, value);
}

/** Plain assignment of `__proto__` would change the object's prototype instead of adding a key. */
function define(tree: Tree, key: string, value: unknown): void {
  Object.defineProperty(tree, key, { value, enumerable: true, writable: true, configurable: true });
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

function unusedSettings(fromFile: Tree, overrides: readonly Override[]): string[] {
  const used = new Set(
    [...leafKeys(fromFile), ...overrides.map(({ path }) => path.join("."))].map((key) =>
      key.startsWith("frameworks.") ? "frameworks.*.supported_versions" : key,
    ),
  );
  const idle = WITHOUT_EFFECT.filter((key) => used.has(key));
  if (idle.length === 0) return [];
  return [
    `no effect in this release: ${idle.join(", ")} (no automatic backups yet: copy the data)`,
  ];
}

function toConfig(raw: z.output<ReturnType<typeof configSchema>>, warnings: string[]): Config {
  const frameworks = Object.entries(raw.frameworks).flatMap(([name, section]) =>
    section === undefined
      ? []
      : [[name, { supportedVersions: section.supported_versions }] as const],
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
    frameworks: Object.fromEntries(frameworks),
    api: {
      host: raw.api.host,
      port: raw.api.port,
      authRequired: raw.api.auth_required,
      allowedHosts: raw.api.allowed_hosts,
    },
    database: { url: raw.database.url, poolSize: raw.database.pool_size },
    log: { level: raw.log.level },
    warnings,
  };
}
