import { changeSilence, endSilence } from "#lib/alerts/manage-silences.ts";
import { changeSilenceBody, silenceParams, silenceSchema } from "#lib/alerts/schema.ts";
import { Reply } from "#lib/http/route.ts";
import { route } from "#lib/server.ts";

const common = {
  path: "/silences/{id}",
  group: "Alerts",
  params: silenceParams,
  errors: ["silence_not_found"],
} as const;

export const PATCH = route({
  ...common,
  method: "PATCH",
  operation: "change_silence",
  permission: "alert.manage",
  summary: "Give a silence another end, or other words",
  body: changeSilenceBody,
  responses: { 200: silenceSchema },
  handle: ({ ctx, params, body }) => changeSilence(ctx, { ...params, ...body }),
});

export const DELETE = route({
  ...common,
  method: "DELETE",
  operation: "end_silence",
  permission: "alert.manage",
  summary: "End a silence now",
  responses: { 204: null },
  handle: async ({ ctx, params }) => {
    await endSilence(ctx, params);
    return new Reply(204);
  },
});
