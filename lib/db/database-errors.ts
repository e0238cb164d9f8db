/**
 * What a failed query means, by PostgreSQL's SQLSTATE (Appendix A of its manual) or Prisma's code,
 * never by the message's text.
 */
import { StatementError } from "./statements.ts";

const UNIQUE_VIOLATION = "23505";
const SERIALIZATION_FAILURE = "40001";
const DEADLOCK_DETECTED = "40P01";
/** Prisma's own code for both of the above, where it keeps no SQLSTATE. */
const PRISMA_WRITE_CONFLICT = "P2034";

/** Classes 08 (connection) and 57P (shutdown, starting up). */
const SILENT_SQLSTATE = /^(08|57P)/;
/** The adapter's kinds of errors for a server that cannot be reached, or not any more. */
const SILENT_KINDS: ReadonlySet<string> = new Set([
  "DatabaseNotReachable",
  "ConnectionClosed",
  "SocketTimeout",
  "TlsConnectionError",
]);
const SILENT_PRISMA_CODES: ReadonlySet<string> = new Set(["P1001", "P1002", "P1008", "P1017"]);

/** Codes of a connection that failed, below a StatementError. */
const SILENT_SOCKET_CODES: ReadonlySet<string> = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "ETIMEDOUT",
  "EPIPE",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
]);
const FULL_SQLSTATE = "53300";

/** PostgreSQL's limit of connections, and that of our pool. */
const FULL_KIND = "TooManyConnections";
const FULL_PRISMA_CODES: ReadonlySet<string> = new Set(["P2024", "P2037"]);

/** Class 53 (memory, disk), statement cancelled by its time limit, lock not available. */
const BUSY_SQLSTATE = /^(53|57014|55P03)/;
/** A transaction that was not begun, or not ended, in its time. */
const BUSY_PRISMA_CODE = "P2028";

/** A unique index refused the row; with `constraintName`, only that index (its name in the SQL). */
export function isUniqueViolation(error: unknown, constraintName?: string): boolean {
  const failure = failureOf(error);
  if (failure?.sqlState !== UNIQUE_VIOLATION) return false;
  return constraintName === undefined || failure.constraint === constraintName;
}

/** The transaction lost against a concurrent one and may succeed when it runs again. */
export function isSerializationConflict(error: unknown): boolean {
  const state = failureOf(error)?.sqlState;
  if (state === SERIALIZATION_FAILURE || state === DEADLOCK_DETECTED) return true;
  return codeOf(error) === PRISMA_WRITE_CONFLICT;
}

/** `silent`: it cannot be reached. `full`: no connection is free. `busy`: it answers, but not in time. */
export type DatabaseTrouble = "silent" | "full" | "busy";

/** The trouble that keeps the database from its work, when it passes by itself: an answer of 503, not of 500. */
export function databaseTrouble(error: unknown): DatabaseTrouble | null {
  const { sqlState = "", kind = "" } = failureOf(error) ?? {};
  const code = codeOf(error);
  if (error instanceof StatementError && SILENT_SOCKET_CODES.has(codeOf(error.cause)))
    return "silent";
  if (SILENT_SQLSTATE.test(sqlState) || SILENT_KINDS.has(kind) || SILENT_PRISMA_CODES.has(code))
    return "silent";
  if (kind === FULL_KIND || FULL_PRISMA_CODES.has(code)) return "full";
  return BUSY_SQLSTATE.test(sqlState) || code === BUSY_PRISMA_CODE ? "busy" : null;
}

type Failure = { sqlState: string; kind: string; constraint: string | null };

/** The adapter's report: in `meta` of a Prisma error, or the error's own cause when it is thrown bare. */
function failureOf(error: unknown): Failure | null {
  if (error instanceof StatementError) return driverFailureOf(error.cause);
  const meta = property(error, "meta");
  const adapterError = property(meta, "driverAdapterError") ?? error;
  const cause = property(adapterError, "cause");
  const kind = property(cause, "kind");
  if (typeof kind !== "string") return null;
  const sqlState = property(cause, "originalCode") ?? property(cause, "code");
  const constraint = property(property(cause, "constraint"), "index");
  return {
    kind,
    sqlState: typeof sqlState === "string" ? sqlState : "",
    constraint: typeof constraint === "string" ? constraint : null,
  };
}

/** What PostgreSQL has sent, in the driver's own error. */
function driverFailureOf(error: unknown): Failure | null {
  if (typeof property(error, "severity") !== "string") return null;
  const sqlState = codeOf(error);
  const constraint = property(error, "constraint");
  return {
    kind: sqlState === FULL_SQLSTATE ? FULL_KIND : "",
    sqlState,
    constraint: typeof constraint === "string" ? constraint : null,
  };
}

function codeOf(error: unknown): string {
  const code = property(error, "code");
  return typeof code === "string" ? code : "";
}

function property(value: unknown, name: string): unknown {
  if (typeof value !== "object" || value === null) return undefined;
  return (value as Record<string, unknown>)[name];
}
