/**
 * The refusals and failures of a route, for the OpenAPI document: those that follow from its kind, and those that it
 * names itself.
 */
import type { ResponseConfig } from "@asteasolutions/zod-to-openapi";
import { ERROR_TABLE, type ErrorCode } from "#lib/errors.ts";
import { problemSchema } from "./problem.ts";
import type { Declaration } from "./route.ts";

/** Status -> problem. An answer with any other status is a fault of the server or of the document. */
export function problemResponses(declaration: Declaration): Record<string, ResponseConfig> {
  const byStatus = new Map<number, ErrorCode[]>();
  for (const code of new Set([...codesOfKind(declaration), ...(declaration.errors ?? [])])) {
    const { status } = ERROR_TABLE[code];
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  return Object.fromEntries(
    [...byStatus].map(([status, codes]) => [
      String(status),
      {
        description: codes.map((code) => `${code}: ${ERROR_TABLE[code].title}`).join(". "),
        content: { "application/problem+json": { schema: problemSchema } },
      },
    ]),
  );
}

/** Codes of the refusals of lib/http itself, and of failures that can happen anywhere. */
function codesOfKind({ method, params, body, otherBodies, permission }: Declaration): ErrorCode[] {
  const isChange = method !== "GET" && method !== "HEAD";
  const hasBody = body !== undefined || otherBodies !== undefined;
  return [
    "invalid_request",
    // Such as a name with a slash, which is the path of another route, or of none.
    ...(params ? (["not_found"] as const) : []),
    ...(permission === "public" ? [] : (["unauthenticated", "forbidden", "rate_limited"] as const)),
    // Anonymous has nothing of its own.
    ...(permission === "self.manage" ? (["account_not_found"] as const) : []),
    ...(isChange ? (["forbidden", "precondition_failed"] as const) : []),
    "host_not_allowed",
    ...(hasBody ? (["invalid_json", "too_large", "unsupported_media_type"] as const) : []),
    "internal",
    "unavailable",
  ];
}
