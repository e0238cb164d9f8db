import { versionParams } from "#lib/http/path-schema.ts";
import { Reply } from "#lib/http/route.ts";
import { convertBody } from "#lib/models/conversion/conversion-schema.ts";
import { startConversion } from "#lib/models/conversion/start-conversion.ts";
import { operationSchema } from "#lib/operations/schema.ts";
import { route } from "#lib/server.ts";

export const POST = route({
  method: "POST",
  path: "/models/{name}/versions/{ref}/convert",
  operation: "convert_version",
  permission: "version.register",
  summary: "Convert PyTorch checkpoints to safetensors, as a new version",
  description:
    "Each checkpoint becomes a safetensors file, every tensor is compared with the checkpoint, and all other files are taken over as they are. Nothing is loaded or executed. The operation's progress gives the number of the new version.",
  group: "Versions",
  params: versionParams,
  body: convertBody,
  responses: { 202: operationSchema },
  errors: [
    "model_not_found",
    "version_not_found",
    "version_not_clean",
    "version_incomplete",
    "not_convertible",
    "invalid_version",
    "storage_corrupt",
  ],
  handle: async ({ ctx, params, body }) =>
    new Reply(202, await startConversion(ctx, { ...params, ...body })),
});
