/** Errors on their way between threads: cloning keeps neither the class nor the code of a RegistryError. */
import { type ErrorCode, isRegistryError, RegistryError } from "#lib/errors.ts";

export type Failure = { code: ErrorCode | null; detail: string; stack: string };

export function toFailure(error: unknown): Failure {
  const stack = error instanceof Error ? withCauses(error) : String(error);
  if (isRegistryError(error)) return { code: error.code, detail: error.detail, stack };
  return { code: null, detail: error instanceof Error ? error.message : String(error), stack };
}

export function fromFailure({ code, detail, stack }: Failure): Error {
  const cause = new Error(detail);
  cause.stack = stack;
  return code === null ? cause : new RegistryError(code, detail, { cause });
}

function withCauses(error: Error): string {
  const own = error.stack ?? error.message;
  return error.cause instanceof Error ? `${own}\n[cause]: ${withCauses(error.cause)}` : own;
}
