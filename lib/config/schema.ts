import { isAbsolute, resolve } from "node:path";
import { domainToASCII } from "node:url";
import { z } from "zod";
import { FRAMEWORKS } from "#lib/wire/frameworks.ts";
import { parseDurationMs, parseSizeBytes } from "./quantities.ts";
import { S3_DEFAULTS, s3Section } from "./s3-section.ts";

export const LOG_LEVELS = ["fatal", "error", "warn", "info", "debug", "trace", "silent"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

const STORAGE_DRIVERS = ["disk", "s3", "memory"] as const;

/** More files than this in one version make every listing of it slow; nobody ships such a model. */
const MAX_FILES_PER_VERSION_CAP = 100_000;
/** S3 refuses smaller parts than 5 MiB; a part of a GiB would have to be sent again whole. */
const MIN_PART_SIZE_BYTES = 5 * 1024 * 1024;
const MAX_PART_SIZE_BYTES = 1024 * 1024 * 1024;
/** The embedded PostgreSQL takes 100 connections; some stay free for migrations and maintenance. */
const POOL_SIZE_CAP = 90;
/** Node's timers take at most 2^31-1 ms; a longer one would fire at once. */
const TIMER_CAP_MS = 2 ** 31 - 1;

/** Every key with the value it has when neither the file nor the environment sets it. */
export const DEFAULTS = {
  storage: {
    base_path: "./.data",
    driver: "disk",
    cache_size: "10GB",
    backup_enabled: true,
    max_upload_size: "200GB",
    max_files_per_version: 10_000,
    min_free_space: "1GB",
    trash_retention: "30d",
    collection_interval: "24h",
    compression: true,
    scrub_interval: "30d",
    scrub_rate: "50MB",
    s3: S3_DEFAULTS,
  },
  uploads: { idle_timeout: "120s", part_size: "16MiB", expire_after: "7d" },
  frameworks: {},
  api: { host: "0.0.0.0", port: 8080, auth_required: false, allowed_hosts: [] },
  database: { url: null, pool_size: 10 },
  log: { level: "info" },
} as const;

/**
 * The shape of the configuration as written (snake_case), parsed to typed values. Messages are the
 * end of a sentence that begins with the key's name.
 */
export function configSchema(projectFolder: string) {
  return z.strictObject({
    storage: z.strictObject({
      base_path: leaf('must be a folder, such as "./.data" or "/opt/cluster-ai/models"', (value) =>
        isText(value) ? (isAbsolute(value) ? value : resolve(projectFolder, value)) : undefined,
      ),
      driver: oneOf(STORAGE_DRIVERS),
      cache_size: size(0),
      backup_enabled: flag(),
      max_upload_size: size(1),
      max_files_per_version: wholeNumber(1, MAX_FILES_PER_VERSION_CAP),
      min_free_space: size(0),
      trash_retention: duration(0, Number.MAX_SAFE_INTEGER),
      collection_interval: duration(60_000, Number.MAX_SAFE_INTEGER),
      compression: flag(),
      scrub_interval: duration(60_000, Number.MAX_SAFE_INTEGER),
      scrub_rate: size(1),
      s3: s3Section(leaf, flag),
    }),
    uploads: z.strictObject({
      idle_timeout: duration(1000, TIMER_CAP_MS),
      part_size: size(MIN_PART_SIZE_BYTES, MAX_PART_SIZE_BYTES),
      expire_after: duration(60_000, Number.MAX_SAFE_INTEGER),
    }),
    frameworks: z.strictObject(
      Object.fromEntries(
        FRAMEWORKS.map((name) => [
          name,
          z.strictObject({ supported_versions: versionList() }).optional(),
        ]),
      ),
    ),
    api: z.strictObject({
      host: leaf('must be a host name or an address, such as "0.0.0.0" or "127.0.0.1"', (value) =>
        isText(value) && !/[\s/]/.test(value) ? value : undefined,
      ),
      port: wholeNumber(0, 65_535),
      auth_required: authRequired(),
      allowed_hosts: hostList(),
    }),
    database: z.strictObject({ url: databaseUrl(), pool_size: wholeNumber(1, POOL_SIZE_CAP) }),
    log: z.strictObject({ level: oneOf(LOG_LEVELS) }),
  });
}

/** One value: `parse` gives undefined for what `rule` forbids. */
function leaf<T>(rule: string, parse: (value: unknown) => T | undefined) {
  return z.unknown().transform((value, context): T => {
    const parsed = parse(value);
    if (parsed !== undefined) return parsed;
    context.addIssue({ code: "custom", message: rule, input: value });
    return z.NEVER;
  });
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value.trim() !== "" && !value.includes("\0");
}

function size(minimumBytes: number, maximumBytes = Number.MAX_SAFE_INTEGER) {
  const zero = minimumBytes > 0 ? " above zero" : "";
  const range =
    maximumBytes < Number.MAX_SAFE_INTEGER ? ` from ${minimumBytes} to ${maximumBytes}` : zero;
  return leaf(`must be a size${range}, such as "10GB", "512MiB" or a number of bytes`, (value) => {
    const bytes = parseSizeBytes(value);
    return bytes !== null && bytes >= minimumBytes && bytes <= maximumBytes ? bytes : undefined;
  });
}

function duration(minimumMs: number, maximumMs: number) {
  const least = minimumMs > 0 ? ` of at least ${minimumMs / 1000} s` : "";
  return leaf(
    `must be a duration${least} with its unit, such as "120s", "15m" or "30d"`,
    (value) => {
      const ms = parseDurationMs(value);
      return ms !== null && ms >= minimumMs && ms <= maximumMs ? ms : undefined;
    },
  );
}

function wholeNumber(minimum: number, maximum: number) {
  return leaf(`must be a whole number from ${minimum} to ${maximum}`, (value) => {
    const text = typeof value === "number" ? String(value) : value;
    if (typeof text !== "string" || !/^\d{1,15}$/.test(text.trim())) return undefined;
    const number = Number(text);
    return number >= minimum && number <= maximum ? number : undefined;
  });
}

function flag() {
  return leaf("must be true or false", readFlag);
}

function readFlag(value: unknown): boolean | undefined {
  if (value === true || value === "true") return true;
  return value === false || value === "false" ? false : undefined;
}

function oneOf<const T extends string>(allowed: readonly T[]) {
  return leaf(`must be one of ${allowed.join(", ")}`, (value) =>
    allowed.find((name) => name === value),
  );
}

/** Refused rather than ignored: an operator who asks for sign-in must not get an open server. */
function authRequired() {
  return z.unknown().transform((value, context): false => {
    const wanted = readFlag(value);
    if (wanted === false) return false;
    const message =
      wanted === true
        ? "cannot be true yet: accounts are not part of this release, and the server will not start open while you ask for sign-in; set it to false and limit who can reach the server (api.host 127.0.0.1, or a proxy that signs users in)"
        : "must be true or false";
    context.addIssue({ code: "custom", message, input: value });
    return z.NEVER;
  });
}

/** null means: start the embedded PostgreSQL. */
function databaseUrl() {
  return leaf(
    'must be a PostgreSQL URL, such as "postgresql://user:password@host:5432/registry"',
    (value) => {
      if (value === null || value === "") return null;
      if (!isText(value) || !URL.canParse(value)) return undefined;
      return /^postgres(ql)?:$/.test(new URL(value).protocol) ? value : undefined;
    },
  );
}

function versionList() {
  return leaf('must be a list of versions, such as ["1.9+", "2.0+"]', (value) => {
    const list = readList(value);
    return list?.every((item) => /^\d+(\.\d+){0,3}\+?$/.test(item)) ? list : undefined;
  });
}

/** Names in the form that browsers send: lower case, other scripts as Punycode. */
function hostList() {
  const rule =
    'must be a list of host names without a port, such as ["models.example.org", "*.example.net"]';
  return leaf(rule, (value) => {
    const names = readList(value)?.map((item) => {
      const [, below = "", name = ""] = /^(\*\.)?(.*)$/.exec(item) ?? [];
      // The item is returned as it is, so that it is refused: the conversion would drop a path silently.
      return item === "*" || /[/:?#@]/.test(name) ? item : below + domainToASCII(name);
    });
    const valid = names?.every((name) => name === "*" || /^(\*\.)?[a-z0-9_.-]+$/.test(name));
    return valid ? names : undefined;
  });
}

/** The environment has no lists, so it writes them as texts with commas. */
function readList(value: unknown): string[] | undefined {
  const list =
    typeof value === "string" ? value.split(",").flatMap((item) => item.trim() || []) : value;
  return Array.isArray(list) && list.every((item) => typeof item === "string") ? list : undefined;
}
