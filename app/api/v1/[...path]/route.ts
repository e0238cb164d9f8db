import { RegistryError } from "#lib/errors.ts";
import { route } from "#lib/server.ts";

/** Answers what no other route answers: an unknown path is a problem like any other error. */
const notFound = (method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE") =>
  route({
    method,
    path: "/{path}",
    operation: "unknown_path",
    permission: "public",
    summary: "Unknown path",
    group: "Operation",
    responses: {},
    handle: async ({ request }) => {
      throw new RegistryError("not_found", `There is nothing at ${new URL(request.url).pathname}.`);
    },
  });

export const GET = notFound("GET");
export const POST = notFound("POST");
export const PUT = notFound("PUT");
export const PATCH = notFound("PATCH");
export const DELETE = notFound("DELETE");
