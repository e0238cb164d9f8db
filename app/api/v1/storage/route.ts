import { getStorage } from "#lib/blobs/report/get-storage.ts";
import { storageSchema } from "#lib/blobs/schema.ts";
import { route } from "#lib/server.ts";

export const GET = route({
  method: "GET",
  path: "/storage",
  operation: "get_storage",
  permission: "storage.read",
  summary: "What is stored, what was saved, what could be freed, and whether it can be trusted",
  group: "Storage",
  responses: { 200: storageSchema },
  handle: ({ ctx }) => getStorage(ctx),
});
