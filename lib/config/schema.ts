import { isIP } from "node:net";
import { availableParallelism } from "node:os";
import { isAbsolute, resolve } from "node:path";
import { domainToASCII } from "node:url";
import { z } from "zod";
import { ALERT_DEFAULTS, alertsSection } from "./alerts-section.ts";
import { OIDC_DEFAULTS, oidcSection } from "./auth-section.ts";
import { BACKUP_DEFAULTS, backupSection } from "./backup-section.ts";
import { CLUSTER_DEFAULTS, clusterSection } from "./cluster-section.ts";
import { frameworksSection } from "./frameworks-section.ts";
import { BUCKET, S3_DEFAULTS, s3Section } from "./s3-section.ts";
import { SMTP_DEFAULTS, smtpSection } from "./smtp-section.ts";
import {
  duration,
  flag,
  isText,
  leaf,
  oneOf,
  readList,
  size,
  sizeOrNone,
  wholeNumber,
} from "./values.ts";

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
/** Each takes 250 MB and, of the connections of PostgreSQL, a pool of its own. */
const WORKERS_CAP = 8;
/** A million a second: no limit. */
const REQUESTS_CAP = 60_000_000;
/** Each server writes a row at every interval; the charts of an hour have a point for every half minute. */
const SAMPLE_MIN_MS = 1_000;
const SAMPLE_MAX_MS = 15_000;
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
  backup: BACKUP_DEFAULTS,
  frameworks: {},
  api: {
    host: "0.0.0.0",
    port: 8080,
    workers: "auto",
    auth_required: false,
    allowed_hosts: [],
    public_url: null,
    trusted_proxies: [],
    requests_per_minute: 60_000,
  },
  auth: { oidc: OIDC_DEFAULTS },
  cluster: CLUSTER_DEFAULTS,
  quotas: { model: null, user: null },
  notifications: { smtp: SMTP_DEFAULTS },
  webhooks: { allowed_networks: [] },
  integrations: { mlflow_servers: ["http://localhost:5000"], import_buckets: [] },
  database: { url: null, migration_url: null, pool_size: 10 },
  monitoring: { sample_interval: "10s" },
  alerts: ALERT_DEFAULTS,
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
    backup: backupSection({ leaf, flag, wholeNumber }, projectFolder),
    frameworks: frameworksSection(),
    api: z.strictObject({
      host: leaf('must be a host name or an address, such as "0.0.0.0" or "127.0.0.1"', (value) =>
        isText(value) && !/[\s/]/.test(value) ? value : undefined,
      ),
      port: wholeNumber(0, 65_535),
      workers: workers(),
      auth_required: flag(),
      allowed_hosts: hostList(),
      public_url: publicUrl(),
      trusted_proxies: addressList(),
      requests_per_minute: wholeNumber(1, REQUESTS_CAP),
    }),
    auth: z.strictObject({ oidc: oidcSection(leaf) }),
    cluster: clusterSection(),
    quotas: z.strictObject({ model: sizeOrNone(), user: sizeOrNone() }),
    notifications: z.strictObject({ smtp: smtpSection() }),
    webhooks: z.strictObject({ allowed_networks: addressList() }),
    integrations: z.strictObject({ mlflow_servers: originList(), import_buckets: bucketList() }),
    database: z.strictObject({
      url: databaseUrl(),
      migration_url: databaseUrl(),
      pool_size: wholeNumber(1, POOL_SIZE_CAP),
    }),
    monitoring: z.strictObject({ sample_interval: duration(SAMPLE_MIN_MS, SAMPLE_MAX_MS) }),
    alerts: alertsSection(),
    log: z.strictObject({ level: oneOf(LOG_LEVELS) }),
  });
}

/** `auto`: one process on two cores, else one for two cores, which leaves some to PostgreSQL and the threads; at most 4. */
function workers() {
  const rule = `must be auto, or a whole number from 1 to ${WORKERS_CAP}`;
  return leaf(rule, (value) => {
    if (value === "auto") return Math.max(1, Math.min(4, Math.floor(availableParallelism() / 2)));
    const text = String(value).trim();
    const number = /^\d{1,3}$/.test(text) ? Number(text) : 0;
    return number >= 1 && number <= WORKERS_CAP ? number : undefined;
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

/** null: whatever name the server is reached by. Without the path that it may have. */
function publicUrl() {
  return leaf(
    'must be the URL of the server without a path, such as "https://models.example.org"',
    (value) => {
      if (value === null || value === "") return null;
      const url = typeof value === "string" ? URL.parse(value) : null;
      if (!url || !/^https?:$/.test(url.protocol)) return undefined;
      return url.pathname === "/" && !url.search && !url.hash && !url.username
        ? url.origin
        : undefined;
    },
  );
}

/** Servers, each by its URL without a path. */
function originList() {
  return leaf('must be a list of servers, such as ["http://mlflow.internal:5000"]', (value) => {
    const list = readList(value);
    const origins = list?.map((item) => URL.parse(item)?.origin ?? "");
    return list?.every(
      (item, at) => /^https?:/.test(item) && origins?.[at] === item.replace(/\/$/, ""),
    )
      ? origins
      : undefined;
  });
}

function bucketList() {
  return leaf('must be a list of buckets, such as ["team-models"]', (value) => {
    const list = readList(value);
    return list?.every((name) => BUCKET.test(name)) ? list : undefined;
  });
}

/** Addresses, each alone or with the length of its network's prefix. */
function addressList() {
  return leaf(
    'must be a list of addresses or networks, such as ["127.0.0.1", "10.0.0.0/8"]',
    (value) => {
      const list = readList(value);
      const isOne = (item: string) => {
        const [address = "", prefix = "0", ...rest] = item.split("/");
        const version = isIP(address);
        return (
          version > 0 &&
          rest.length === 0 &&
          /^\d{1,3}$/.test(prefix) &&
          Number(prefix) <= (version === 4 ? 32 : 128)
        );
      };
      return list?.every(isOne) ? list : undefined;
    },
  );
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
