import { z } from "zod";
import { Reply } from "#lib/http/route.ts";
import { listProtections, setProtection } from "#lib/models/protection/manage-protections.ts";
import { protectionSchema, setProtectionBody } from "#lib/models/protection/schema.ts";
import { route } from "#lib/server.ts";

const common = { path: "/protections", group: "Protected moves" } as const;

export const GET = route({
  ...common,
  method: "GET",
  operation: "list_protections",
  permission: "protection.manage",
  summary: "What aliases and stages require of the versions that are moved to them",
  responses: { 200: z.object({ items: z.array(protectionSchema) }) },
  handle: ({ ctx }) => listProtections(ctx),
});

export const POST = route({
  ...common,
  method: "POST",
  operation: "set_protection",
  permission: "protection.manage",
  summary: "Protect an alias or a stage, of one model or of all whose names begin so",
  description:
    "A protection of the same pattern, kind and target is replaced (200). Of several that fit a model all hold. A rule compares " +
    'members of the metadata: `accuracy >= 0.9 and data.split == "test"`.',
  body: setProtectionBody,
  responses: { 200: protectionSchema, 201: protectionSchema },
  handle: async ({ ctx, body }) => {
    const { created, protection } = await setProtection(ctx, body);
    return new Reply(created ? 201 : 200, protection);
  },
});
