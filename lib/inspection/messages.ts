/**
 * What the server and a process that inspects files say to each other. A process has one job at a time:
 *
 *     server -> child    job      the files, by path and size
 *     child  -> server   begun    the job's time runs from here
 *     child  -> server   read     some bytes of one of them, any number of times
 *     server -> child    bytes    or failed
 *     child  -> server   rows     a piece of the tensors, any number of times
 *     child  -> server   facts    or error: the end of the job
 */
import { type ErrorCode, type FieldProblem, isRegistryError, RegistryError } from "#lib/errors.ts";
import type { VersionFacts } from "./version-facts.ts";

export type ToChild =
  | { kind: "job"; files: readonly { path: string; sizeBytes: number }[] }
  | { kind: "bytes"; id: number; bytes: Uint8Array }
  | { kind: "failed"; id: number; error: ErrorMessage };

export type ReadRequest = {
  kind: "read";
  id: number;
  file: number;
  offset: number;
  length: number;
};

export type FromChild =
  | { kind: "begun" }
  | ReadRequest
  | { kind: "rows"; text: string }
  | ({ kind: "facts"; facts: Omit<VersionFacts, "tensorRows"> } & AtTheEnd)
  | ({ kind: "error"; error: ErrorMessage } & AtTheEnd);

/** Memory that the process still holds after the job: one that holds much is not kept for the next job. */
type AtTheEnd = { residentBytes: number };

/** An error as a message: a structured clone of it would lose its class, its code and its problems. */
export type ErrorMessage = {
  stack: string;
  registry: { code: ErrorCode; detail: string; problems: readonly FieldProblem[] } | null;
};

export function errorToMessage(error: unknown): ErrorMessage {
  const stack = error instanceof Error ? stackOf(error) : String(error);
  if (!isRegistryError(error)) return { stack, registry: null };
  const { code, detail, problems } = error;
  return { stack, registry: { code, detail, problems } };
}

/** The other process's stack goes into the error's `cause`, for the log. */
export function errorFromMessage({ stack, registry }: ErrorMessage): Error {
  const cause = new Error("An inspection failed.");
  cause.stack = stack;
  if (registry === null) return new Error("An inspection failed.", { cause });
  return new RegistryError(registry.code, registry.detail, { cause, problems: registry.problems });
}

function stackOf(error: Error): string {
  const own = error.stack ?? error.message;
  return error.cause instanceof Error ? `${own}\ncaused by ${stackOf(error.cause)}` : own;
}
