import packageJson from "../../package.json" with { type: "json" };

/**
 * Liveness: this process answers, and says its version, by which clients know whether they fit. It does not ask the
 * database, whose trouble a restart of this process would not heal.
 */
export function GET(): Response {
  return Response.json(
    { status: "ok", version: packageJson.version },
    { headers: { "Cache-Control": "no-store" } },
  );
}
