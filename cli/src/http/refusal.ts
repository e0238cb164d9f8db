/** A server's refusal (RFC 9457, or whatever came) as one sentence and an exit code. */
import * as z from "zod/mini";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { Failure } from "../failure.ts";
import type { Translate } from "../messages/translate.ts";
import { printable } from "../terminal/printable.ts";
import { parseJson } from "./json-text.ts";

const problemSchema = z.object({
  code: z.optional(z.string()),
  title: z.optional(z.string()),
  detail: z.optional(z.string()),
  errors: z.optional(z.array(z.object({ pointer: z.string(), detail: z.string() }))),
  request_id: z.optional(z.string()),
});
const SENTENCE_MAX = 2_000;

const BY_CODE: Record<string, ExitCode> = {
  version_quarantined: EXIT.notClean,
  version_not_clean: EXIT.notClean,
  storage_corrupt: EXIT.damaged,
  digest_mismatch: EXIT.damaged,
};

export function exitCodeOf(status: number, code: string | null): ExitCode {
  const named = code === null ? undefined : BY_CODE[code];
  if (named !== undefined) return named;
  if (status === 401 || status === 403) return EXIT.denied;
  if (status === 404 || status === 410) return EXIT.notFound;
  if (status === 409 || status === 412) return EXIT.conflict;
  return status === 429 || status >= 500 ? EXIT.unreachable : EXIT.refused;
}

export function refusalOf(
  answer: { status: number; text: string; requestId: string | null },
  server: { url: string; hasToken: boolean },
  t: Translate,
): Failure {
  const { status } = answer;
  const problem = problemSchema.safeParse(parseJson(answer.text)).data;
  const code = problem?.code ?? null;
  const requestId = problem?.request_id ?? answer.requestId;
  const said =
    problem?.detail ?? problem?.title ?? t("http.unexplained", { url: server.url, status });
  const fields = (problem?.errors ?? [])
    .slice(0, 10)
    .map(({ pointer, detail }) => `${pointer}: ${detail}`);
  const parts = [
    said,
    // A problem of a single field mostly says the same as the sentence.
    fields.length > 1 || (fields.length === 1 && !said.includes(fields[0]?.split(": ")[1] ?? ""))
      ? `(${fields.join("; ")})`
      : "",
    // A wrong password has said all that there is to say.
    status === 401 && code !== "invalid_credentials"
      ? t(server.hasToken ? "http.tokenRefused" : "http.noToken")
      : "",
    requestId === null ? "" : t("http.requestId", { id: requestId }),
  ];
  const sentence = printable(parts.filter(Boolean).join(" ")).slice(0, SENTENCE_MAX);
  return new Failure(exitCodeOf(status, code), sentence, { status, code });
}

/** A rate limit, a proxy without its server, a registry that starts; not a storage that cannot be written. */
export function isTemporary({ status, code }: Failure): boolean {
  if (status === 429) return code === null || code === "rate_limited";
  return [502, 503, 504].includes(status ?? 0) && (code === null || code === "unavailable");
}
