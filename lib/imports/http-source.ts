/** One file by HTTP, from whatever address the policy lets through, at every redirect too. */
import type { IncomingMessage } from "node:http";
import { RegistryError } from "#lib/errors.ts";
import { TheirError } from "#lib/mlflow-sync/their-error.ts";
import { exactly } from "#lib/mlflow-sync/their-files.ts";
import { PASSING } from "#lib/mlflow-sync/their-refusal.ts";
import { withinPatience } from "#lib/mlflow-sync/within-patience.ts";
import type { AddressPolicy } from "#lib/outgoing/address-policy.ts";
import { OutgoingError, type OutgoingProblem } from "#lib/outgoing/outgoing-error.ts";
import { sendRequest } from "#lib/outgoing/send-request.ts";
import type { SourceFile, SourceTools } from "./source-file.ts";

/** Downloads lead from a name to a host, and from there to a store. */
const REDIRECTS_MAX = 5;
/** Another attempt may find another answer. */
const MAY_PASS: ReadonlySet<OutgoingProblem> = new Set(["name_unknown", "unreachable", "timeout"]);

export function httpFile(
  { url, name }: { url: string; name: string },
  { mayReach, signal, patience: bounds }: SourceTools & { mayReach: AddressPolicy },
): SourceFile {
  const open = () =>
    withinPatience(bounds, signal, async (patience) => {
      try {
        const answer = await ask(url, mayReach, patience.signal);
        const sizeBytes = lengthOf(answer);
        // Whoever never reads it is not to hear of its end either.
        answer.on("error", () => undefined);
        return { sizeBytes, bytes: exactly(patience.watch(answer), sizeBytes, name) };
      } catch (error) {
        patience.end();
        throw error;
      }
    });
  return { path: name, sizeBytes: null, open };
}

async function ask(
  url: string,
  mayReach: AddressPolicy,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const headers = {
    Accept: "*/*",
    "Accept-Encoding": "identity",
    "User-Agent": "cluster-ai-model-registry",
  };
  const answer = await sendRequest(
    { url, method: "GET", headers },
    { mayReach, signal, redirectsMax: REDIRECTS_MAX },
  ).catch((cause) => {
    throw explained(cause);
  });
  const status = answer.statusCode ?? 0;
  const encoding = answer.headers["content-encoding"] ?? "identity";
  if (status === 200 && encoding === "identity") return answer;
  answer.on("error", () => undefined).destroy();
  if (PASSING.has(status)) throw new TheirError("transport", `The source answered ${status}.`);
  throw refused(
    status === 200
      ? "The source sent the file in an encoding."
      : `The source answered ${status}, not the file.`,
  );
}

/** Of an answer that ends with its connection nobody sees whether it was cut. Throws `invalid_request`. */
function lengthOf(answer: IncomingMessage): number | null {
  const { "content-length": length, "transfer-encoding": transfer } = answer.headers;
  if (length !== undefined) return Number(length);
  if (transfer?.toLowerCase() === "chunked") return null;
  answer.destroy();
  throw refused("The source does not say how long the file is, so that a cut would not show.");
}

/** Throws on what is none of the address's. */
function explained(cause: unknown): unknown {
  if (!(cause instanceof OutgoingError)) return cause;
  if (MAY_PASS.has(cause.problem)) return new TheirError("transport", cause.message, { cause });
  return refused(cause.message, cause);
}

function refused(detail: string, cause?: unknown): RegistryError {
  return new RegistryError("invalid_request", detail, { cause });
}
