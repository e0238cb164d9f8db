type AlertRule = { severity: "warning" | "critical" };

/** Every kind of alert. A kind is a row here, and whoever finds its cause calls `raiseAlert`. */
export const ALERTS = {
  /** Stored bytes that do not match their digest; the subject is the digest. */
  blob_damaged: { severity: "critical" },
} as const satisfies Record<string, AlertRule>;

export type AlertKind = keyof typeof ALERTS;
export const ALERT_KINDS = Object.keys(ALERTS) as AlertKind[];
