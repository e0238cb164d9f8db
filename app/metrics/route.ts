import { problemResponse } from "#lib/http/problem.ts";
import { getTotals } from "#lib/metrics/get-totals.ts";
import { renderMetrics } from "#lib/metrics/request-metrics.ts";
import { getServices } from "#lib/server.ts";
import { toRegistryError } from "#lib/to-registry-error.ts";

export async function GET(): Promise<Response> {
  const requestId = crypto.randomUUID();
  const services = getServices();
  try {
    const totals = await getTotals(services.createContext({ requestId, address: null }));
    const { contentType, text } = await renderMetrics(totals, services.blobs.cacheStats());
    return new Response(text, {
      headers: { "Content-Type": contentType, "Cache-Control": "no-store" },
    });
  } catch (error) {
    services.log.error({ operation: "metrics", request_id: requestId, error }, "failed");
    return problemResponse(toRegistryError(error), requestId);
  }
}
