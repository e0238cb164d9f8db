/** Structured logs: one JSON object a line, with the fields of the user document. */
import pino, { type Logger } from "pino";

export type { Logger };

/**
 * Field names on the wire: `timestamp` (RFC 3339), `level` (upper case), `operation`, `model_name`,
 * `version`, `duration_ms`, `user`, `request_id`. Secrets never get here: headers are not logged.
 */
export function createLogger(level: string): Logger {
  return pino({
    level,
    base: undefined,
    messageKey: "message",
    timestamp: () => `,"timestamp":"${new Date().toISOString()}"`,
    formatters: { level: (label) => ({ level: label.toUpperCase() }) },
    serializers: { error: pino.stdSerializers.err },
  });
}
