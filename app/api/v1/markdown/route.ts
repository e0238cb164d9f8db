import { renderMarkdown } from "#lib/cards/render-markdown.ts";
import { cardTreeSchema, markdownInputSchema } from "#lib/cards/schema.ts";
import { route } from "#lib/server.ts";

export const POST = route({
  method: "POST",
  path: "/markdown",
  operation: "render_markdown",
  permission: "model.read",
  summary: "What Markdown looks like: the preview of a description",
  group: "Models",
  body: markdownInputSchema,
  responses: { 200: cardTreeSchema },
  handle: ({ ctx, body }) => renderMarkdown(ctx, body),
});
