import { getChainState } from "#lib/audit/get-chain-state.ts";
import { chainStateSchema } from "#lib/audit/schema.ts";
import { route } from "#lib/server.ts";

export const GET = route({
  method: "GET",
  path: "/audit/chain",
  operation: "get_audit_chain",
  permission: "audit.read",
  summary: "How far the audit log is chained and verified, and the keys of its checkpoints",
  group: "Operation",
  responses: { 200: chainStateSchema },
  handle: ({ ctx }) => getChainState(ctx),
});
