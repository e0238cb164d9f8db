import { createSilence, listSilences } from "#lib/alerts/manage-silences.ts";
import { createSilenceBody, listSilencesQuery, silenceSchema } from "#lib/alerts/schema.ts";
import { pageReply } from "#lib/http/page-links.ts";
import { Reply } from "#lib/http/route.ts";
import { route } from "#lib/server.ts";
import { page } from "#lib/wire/page.ts";

const common = { path: "/silences", group: "Alerts" } as const;

export const GET = route({
  ...common,
  method: "GET",
  operation: "list_silences",
  permission: "alert.read",
  summary: "Which alerts are told to nobody, and until when",
  query: listSilencesQuery,
  responses: { 200: page(silenceSchema) },
  errors: ["invalid_cursor"],
  handle: async ({ ctx, request, query }) => pageReply(request, await listSilences(ctx, query)),
});

export const POST = route({
  ...common,
  method: "POST",
  operation: "create_silence",
  permission: "alert.manage",
  summary: "Have alerts of a kind, about a subject, told to nobody until a time",
  description:
    "The alerts are listed all the same. One that is still open when the silence ends is told of then.",
  body: createSilenceBody,
  responses: { 201: silenceSchema },
  handle: async ({ ctx, body }) => new Reply(201, await createSilence(ctx, body)),
});
