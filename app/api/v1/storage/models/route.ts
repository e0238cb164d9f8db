import { listStorageModels } from "#lib/blobs/report/list-storage-models.ts";
import { storageModelSchema, storageModelsQuery } from "#lib/blobs/schema.ts";
import { pageReply } from "#lib/http/page-links.ts";
import { route } from "#lib/server.ts";
import { page } from "#lib/wire/page.ts";

export const GET = route({
  method: "GET",
  path: "/storage/models",
  operation: "list_storage_models",
  permission: "storage.read",
  summary: "Bytes by model",
  group: "Storage",
  query: storageModelsQuery,
  responses: { 200: page(storageModelSchema) },
  errors: ["invalid_cursor"],
  handle: async ({ ctx, request, query }) =>
    pageReply(request, await listStorageModels(ctx, query)),
});
