import { mayHear } from "#lib/accounts/may-hear.ts";
import { eventStreamResponse } from "#lib/http/event-stream.ts";
import { getServices, route } from "#lib/server.ts";

export const GET = route({
  method: "GET",
  path: "/events",
  operation: "stream_events",
  permission: "event.read",
  summary: "Changes as they happen, as server-sent events",
  description: "`event: change` carries `{action, model, version, actor, at}` as JSON.",
  group: "Operation",
  responses: { 200: null },
  handle: async ({ ctx, request }) =>
    eventStreamResponse(request, getServices().events, (event) => mayHear(ctx, event)),
});
