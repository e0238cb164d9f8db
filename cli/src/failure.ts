import type { ExitCode } from "./exit-codes.ts";

/** A failure that a person can read as it is: the command ends with `message` on stderr, and with `exitCode`. */
export class Failure extends Error {
  override readonly name = "Failure";
  readonly exitCode: ExitCode;
  /** Of the server's answer, where it came from one. */
  readonly status: number | null;
  /** The server's stable name of the problem (`model_not_found`). */
  readonly code: string | null;

  constructor(
    exitCode: ExitCode,
    message: string,
    options: { status?: number; code?: string | null; cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause });
    this.exitCode = exitCode;
    this.status = options.status ?? null;
    this.code = options.code ?? null;
  }
}

/** Whether the server has no such route, as servers before the feature. Its own refusals have other codes. */
export function isMissingRoute(error: unknown): boolean {
  if (!(error instanceof Failure)) return false;
  return error.status === 405 || (error.status === 404 && [null, "not_found"].includes(error.code));
}
