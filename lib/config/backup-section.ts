import { isAbsolute, resolve } from "node:path";
import { z } from "zod";
import { isSchedule } from "#lib/wire/cron.ts";
import { S3_DEFAULTS, type S3Section, s3Section } from "./s3-section.ts";

/** The keys of `backup` with the values they have when nothing sets them. */
export const BACKUP_DEFAULTS = {
  schedule: "0 3 * * *",
  drill_schedule: "0 5 * * 0",
  target: null,
  keep: { daily: 7, weekly: 4, monthly: 12 },
  passphrase: null,
  s3: (({ endpoint, region, access_key_id, secret_access_key, force_path_style }) => ({
    endpoint,
    region,
    access_key_id,
    secret_access_key,
    force_path_style,
  }))(S3_DEFAULTS),
} as const;

/** So many years of monthly backups nobody keeps; a larger number is a mistake of the unit. */
const MOST_KEPT = 1000;
/** A shorter one is guessed, and whoever guesses it reads everything. */
const SHORTEST_PASSPHRASE = 12;

/** `folder` null: beside the models, in `<base_path>/backups`. */
export type BackupTargetSection =
  | { kind: "folder"; folder: string | null }
  | { kind: "bucket"; bucket: string; prefix: string };

export type BackupSection = {
  /** Five fields of cron, in UTC; null is never. */
  schedule: string | null;
  drillSchedule: string | null;
  target: BackupTargetSection;
  keep: { daily: number; weekly: number; monthly: number };
  passphrase: string | null;
  s3: Omit<S3Section, "bucket" | "prefix" | "redirectDownloads">;
};

type Leaf = <T>(rule: string, parse: (value: unknown) => T | undefined) => z.ZodType<T>;
type Parts = {
  leaf: Leaf;
  flag: () => z.ZodType<boolean>;
  wholeNumber: (minimum: number, maximum: number) => z.ZodType<number>;
};

export function backupSection({ leaf, flag, wholeNumber }: Parts, projectFolder: string) {
  const { bucket, prefix, redirect_downloads: _, ...s3 } = s3Section(leaf, flag).shape;
  return z.strictObject({
    schedule: schedule(leaf),
    drill_schedule: schedule(leaf),
    target: leaf(
      'must be a folder, such as "/mnt/backup/registry", or a bucket, such as "s3://backups/registry"',
      (value) => readTarget(value, { projectFolder, bucket, prefix }),
    ),
    keep: z.strictObject({
      daily: wholeNumber(0, MOST_KEPT),
      weekly: wholeNumber(0, MOST_KEPT),
      monthly: wholeNumber(0, MOST_KEPT),
    }),
    passphrase: leaf(
      `must have at least ${SHORTEST_PASSPHRASE} characters; leave it out for backups that are not encrypted`,
      (value) => {
        if (isUnset(value)) return null;
        const isLong = typeof value === "string" && value.length >= SHORTEST_PASSPHRASE;
        return isLong ? value : undefined;
      },
    ),
    s3: z.strictObject(s3),
  });
}

function schedule(leaf: Leaf) {
  return leaf('must be five fields of cron in UTC, such as "0 3 * * *", or off', (value) => {
    if (value === false || value === "off") return null;
    return typeof value === "string" && isSchedule(value) ? value : undefined;
  });
}

function readTarget(
  value: unknown,
  known: { projectFolder: string; bucket: z.ZodType; prefix: z.ZodType },
): BackupTargetSection | undefined {
  if (isUnset(value)) return { kind: "folder", folder: null };
  if (typeof value !== "string" || value.includes("\0")) return undefined;
  if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(value)) {
    const folder = isAbsolute(value) ? value : resolve(known.projectFolder, value);
    return { kind: "folder", folder };
  }
  const [, name, below] = /^s3:\/\/([^/]+)\/?(.*)$/.exec(value) ?? [];
  const bucket = known.bucket.safeParse(name);
  const prefix = known.prefix.safeParse(below);
  if (!bucket.success || !bucket.data || !prefix.success) return undefined;
  return { kind: "bucket", bucket: String(bucket.data), prefix: String(prefix.data) };
}

function isUnset(value: unknown): boolean {
  return value === null || value === undefined || value === "";
}
