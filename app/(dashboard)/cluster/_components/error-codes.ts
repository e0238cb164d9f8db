/** Codes of failed loads that the page has a sentence for (docs/cluster.md). A newer agent may have others. */
export const ERROR_CODES = [
  "no_agent",
  "scheduler_unreachable",
  "worker_died",
  "out_of_memory",
  "framework_missing",
  "version_skew",
  "token_expired",
  "download_failed",
  "not_found",
  "forbidden",
  "deadline_exceeded",
  "agent_lost",
  "cancelled",
] as const;

export function isErrorCode(code: string): code is (typeof ERROR_CODES)[number] {
  return (ERROR_CODES as readonly string[]).includes(code);
}
