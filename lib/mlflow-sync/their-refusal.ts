import type { IncomingMessage } from "node:http";
import { readAnswer } from "#lib/outgoing/read-answer.ts";
import { TheirError, type TheirProblem } from "./their-error.ts";

/** As much of an answer as tells why. */
const REASON_MAX_BYTES = 16_384;
const SHOWN_MAX_LENGTH = 300;
/** What an MLflow client asks again for; the server has not said no. */
export const PASSING: ReadonlySet<number> = new Set([408, 429, 500, 502, 503, 504]);

/** What an answer says that is no success. Reads and ends it. */
export async function toTheirError(answer: IncomingMessage): Promise<TheirError> {
  const status = answer.statusCode ?? 0;
  const reason = reasonOf(await readAnswer(answer, REASON_MAX_BYTES));
  const told = reason.message === "" ? "" : ` It says: ${reason.message}`;
  return new TheirError(
    problemOf(status, reason.code),
    status === 200 ? "It sent a file in an encoding." : `It answered ${status}.${told}`,
  );
}

function problemOf(status: number, code: string): TheirProblem {
  if (status === 401 || status === 403) return "refused";
  if (status === 404 || code === "RESOURCE_DOES_NOT_EXIST") return "not_found";
  if (PASSING.has(status)) return "transport";
  return status >= 400 && status < 600 ? "rejected" : "unreadable";
}

function reasonOf(text: string): { code: string; message: string } {
  try {
    const { error_code: code, message } = JSON.parse(text);
    return { code: String(code ?? ""), message: shown(String(message ?? "")) };
  } catch {
    return { code: "", message: "" };
  }
}

function shown(text: string): string {
  return text
    .slice(0, SHOWN_MAX_LENGTH)
    .toWellFormed()
    .replaceAll(/\p{Cc}+/gu, " ")
    .trim();
}
