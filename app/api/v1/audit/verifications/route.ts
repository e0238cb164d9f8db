import { getChainState } from "#lib/audit/get-chain-state.ts";
import { chainStateSchema } from "#lib/audit/schema.ts";
import { Reply } from "#lib/http/route.ts";
import { startAuditVerification } from "#lib/operations/start-audit-verification.ts";
import { route } from "#lib/server.ts";

export const POST = route({
  method: "POST",
  path: "/audit/verifications",
  operation: "verify_audit",
  permission: "operation.manage",
  summary: "Verifies the audit log in the background, which also happens every hour",
  description: "Answers what is known now; what will be found is in `GET /audit/chain`.",
  group: "Operation",
  responses: { 202: chainStateSchema },
  handle: async ({ ctx }) => {
    await startAuditVerification(ctx);
    return new Reply(202, await getChainState(ctx));
  },
});
