import type { AuditRecorder } from "#lib/audit/audit-recorder.ts";
import type { Ctx } from "#lib/context.ts";
import type { Accounts } from "./accounts.ts";
import type { Credential } from "./directory.ts";

/** The context of the use cases of accounts. */
export type AccountsCtx = Ctx & {
  accounts: Accounts;
  audit: AuditRecorder;
  /** What the request was sent with; null for anonymous, and where there is no request. */
  credential: Credential | null;
};
