/** The wire types of `/backups`. Sizes in bytes, times RFC 3339. */
import { z } from "zod";
import { operationSchema } from "#lib/operations/schema.ts";

const count = z.number().int();
const time = z.iso.datetime({ offset: true });

/** What reading a backup again has found. */
export const verifiedSchema = z.object({
  at: time,
  /** Whether every blob was read; else a share of them, another one each time. */
  is_full: z.boolean(),
  blobs: count,
  bytes: count,
  /** At most 100 sentences. */
  problems: z.array(z.string()),
});
export type VerifiedWire = z.infer<typeof verifiedSchema>;

/** What restoring a backup on trial has found. */
export const drilledSchema = z.object({
  at: time,
  seconds: z.number(),
  rows: count,
  /** Versions whose files were read from the backup, picked at random. */
  versions: count,
  files: count,
  problems: z.array(z.string()),
});
export type DrilledWire = z.infer<typeof drilledSchema>;

export const BACKUP_STATES = ["sound", "damaged", "unreadable"] as const;

export const backupSchema = z.object({
  id: z.string(),
  /** `unreadable`: its manifest is damaged, encrypted with another key, or of a later release. */
  state: z.enum(BACKUP_STATES),
  /** Why it is not sound. */
  problem: z.string().nullable(),
  /** The moment that it is of. */
  created_at: time,
  encrypted: z.boolean(),
  release: z.string().nullable(),
  rows: count,
  blobs: count,
  /** Of all its blobs, most of which other backups have too. */
  size_bytes: count,
  new_blobs: count,
  new_bytes: count,
  /** Blobs that could not be read when it was made. */
  missing_blobs: count,
  verified: verifiedSchema.nullable(),
  drill: drilledSchema.nullable(),
});
export type BackupWire = z.infer<typeof backupSchema>;

export const backupsSchema = z.object({
  enabled: z.boolean(),
  /** Where the backups are; without secrets. null when they have no place (`problem` says what to set). */
  target: z.string().nullable(),
  encrypted: z.boolean(),
  /** True when they are on the same disk as the models, and lost with it. */
  beside_models: z.boolean(),
  schedule: z.string().nullable(),
  next_at: time.nullable(),
  next_drill_at: time.nullable(),
  /** Backups, verifications and drills that wait or run. */
  active: z.array(operationSchema),
  /** Why the place cannot be read at the moment, or what to set where there is none; then there are no items. */
  problem: z.string().nullable(),
  items: z.array(backupSchema),
  next_cursor: z.null(),
  total: count,
});
export type BackupsWire = z.infer<typeof backupsSchema>;

export const backupParams = z.object({
  id: z.string().regex(/^[0-9]{8}-[0-9]{6}-[0-9a-f]{6}$/, "A backup is named by its id."),
});

/** `all` reads every blob; without it a share of them, another one each time. */
export const verifyRequest = z.strictObject({ all: z.boolean().default(false) });
