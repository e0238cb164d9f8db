/**
 * Liveness: this process answers. It does not ask the database, whose trouble a restart of this process would not
 * heal.
 */
export function GET(): Response {
  return Response.json({ status: "ok" }, { headers: { "Cache-Control": "no-store" } });
}
