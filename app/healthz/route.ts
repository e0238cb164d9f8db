/** Liveness: this process answers. It asks nothing of the database, which restarting us would not heal. */
export const dynamic = "force-dynamic";

export function GET(): Response {
  return Response.json({ status: "ok" }, { headers: { "Cache-Control": "no-store" } });
}
