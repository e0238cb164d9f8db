import { type FieldProblem, RegistryError } from "#lib/errors.ts";

/** From a person who moves a version into use and has read its findings. */
export type Acceptance = { accept_risk?: boolean | undefined; comment?: string | undefined };

type Judged = { version: string; verdict: string };

/**
 * Nobody puts a version that is not clean into use without saying why. Returns the acceptance for the audit entry.
 * Throws `version_not_clean`.
 */
export function acceptVerdict(
  model: string,
  { version, verdict }: Judged,
  { accept_risk: isAccepted = false, comment = "" }: Acceptance,
): { accepted_verdict?: string } {
  if (verdict === "clean") return {};
  const problems: FieldProblem[] = [];
  if (!isAccepted) problems.push({ pointer: "/accept_risk", detail: "is not true" });
  if (comment.trim() === "") problems.push({ pointer: "/comment", detail: "gives no reason" });
  if (problems.length === 0) return { accepted_verdict: verdict };
  throw new RegistryError(
    "version_not_clean",
    `The scan's verdict for ${model} ${version} is ${verdict}. Read its findings; to use it all the same, send accept_risk: true and a comment that says why.`,
    { problems },
  );
}
