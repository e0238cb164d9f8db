import { RETRY_AFTER_SECONDS } from "#lib/http/problem.ts";
import { checkReadiness } from "#lib/metrics/check-readiness.ts";
import { getServices } from "#lib/server.ts";

/** Readiness: database, migrations and storage. 503 takes this replica out of rotation. */
export async function GET(): Promise<Response> {
  try {
    const services = getServices();
    const checks = await checkReadiness(services.createContext({ requestId: null, address: null }));
    const ready = checks.every(({ ok }) => ok);
    return answer(ready, checks);
  } catch {
    return answer(false, [{ name: "start", ok: false, detail: "the services could not start" }]);
  }
}

function answer(ready: boolean, checks: unknown): Response {
  return Response.json(
    { status: ready ? "ready" : "not_ready", checks },
    {
      status: ready ? 200 : 503,
      headers: {
        "Cache-Control": "no-store",
        ...(ready ? {} : { "Retry-After": String(RETRY_AFTER_SECONDS) }),
      },
    },
  );
}
