import { z } from "zod";
import { downloadTokenSchema, leaseBody, leaseSchema } from "#lib/cluster/agent-schema.ts";
import { leaseLoad } from "#lib/cluster/lease-load.ts";
import { loadSchema } from "#lib/cluster/schema.ts";
import { Reply } from "#lib/http/route.ts";
import { getServices, route } from "#lib/server.ts";

export const POST = route({
  method: "POST",
  path: "/cluster/lease",
  operation: "lease_load",
  permission: "cluster.agent",
  summary: "For cluster agents: the next load, or 204 after the wait",
  group: "Cluster agents",
  body: leaseBody,
  responses: {
    200: z.object({
      load: loadSchema,
      lease: leaseSchema,
      download_token: downloadTokenSchema,
    }),
    204: null,
  },
  handle: async ({ ctx, request, body }) => {
    const leased = await leaseLoad(ctx, getServices().agents, body, request.signal);
    return leased ?? new Reply(204);
  },
});
