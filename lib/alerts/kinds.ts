export const SEVERITIES = ["warning", "critical"] as const;
export type Severity = (typeof SEVERITIES)[number];

type AlertRule = { severity: Severity };

export const ALERT_KINDS = [
  "model_not_found",
  "load_failed",
  "disk_low",
  "disk_filling",
  "cache_degraded",
  "blob_damaged",
  "scan_finding",
  "backup_failed",
  "backup_overdue",
  "backup_damaged",
  "audit_broken",
  "job_stuck",
  "replica_lost",
  "token_expiring",
  "webhook_disabled",
] as const;
export type AlertKind = (typeof ALERT_KINDS)[number];

/** What each kind of alert is about. Whoever finds its cause calls `raiseAlert`. */
export const ALERTS: Readonly<Record<AlertKind, AlertRule>> = {
  /** A name that does not exist is asked for again and again; the subject is `model:<name>`, or `client:<name or address>`. */
  model_not_found: { severity: "warning" },
  /** A model could not be put on a cluster; the subject is `<model>/<version>`. */
  load_failed: { severity: "warning" },
  /** So little is free that uploads are soon refused, or are already; the subject names the place. */
  disk_low: { severity: "critical" },
  /** At the rate of the last days the place is full before long; the subject names the place. */
  disk_filling: { severity: "warning" },
  /** Most reads of a busy cache miss it; the subject names the cache. */
  cache_degraded: { severity: "warning" },
  /** Stored bytes that do not match their digest; the subject is the digest. */
  blob_damaged: { severity: "critical" },
  /** A version has files that do harm, or may; the subject is `<model>/<version>`. */
  scan_finding: { severity: "critical" },
  /** No backup could be made; the subject is the place for backups. */
  backup_failed: { severity: "critical" },
  /** The newest backup is older than the schedule allows; the subject is the place for backups. */
  backup_overdue: { severity: "critical" },
  /** A backup cannot be restored as it is; the subject is its id. */
  backup_damaged: { severity: "critical" },
  /** The chain of the audit log does not hold; the detail names the first broken entry. */
  audit_broken: { severity: "critical" },
  /** Background work waits too long, or makes no progress; the subject is its task. */
  job_stuck: { severity: "warning" },
  /** A server process has gone without a farewell; the subject names it. */
  replica_lost: { severity: "critical" },
  /** A token in use ends within days; the subject is its id. */
  token_expiring: { severity: "warning" },
  /** Nothing could be delivered to a webhook for days, so that it was switched off; the subject is its id. */
  webhook_disabled: { severity: "warning" },
};
