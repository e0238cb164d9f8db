import { getTotals } from "@/lib/metrics/get-totals.ts";
import { renderMetrics } from "@/lib/metrics/request-metrics.ts";
import { getServices } from "@/lib/server.ts";

export const dynamic = "force-dynamic";

export async function GET(): Promise<Response> {
  const services = await getServices();
  const totals = await getTotals(services.createContext({ requestId: null, address: null }));
  const { contentType, text } = await renderMetrics(totals, services.blobs.cacheStats());
  return new Response(text, {
    headers: { "Content-Type": contentType, "Cache-Control": "no-store" },
  });
}
