import { assertMay } from "#lib/access/policy.ts";
import { RegistryError } from "#lib/errors.ts";
import type { ApiRequest } from "#lib/http/api-request.ts";
import { problemResponse } from "#lib/http/problem.ts";
import { getTotals } from "#lib/metrics/get-totals.ts";
import { inTime } from "#lib/metrics/in-time.ts";
import { KnownScrapers } from "#lib/metrics/known-scrapers.ts";
import { renderMetrics } from "#lib/metrics/render-metrics.ts";
import { contextFor, getServices } from "#lib/server.ts";
import { toRegistryError } from "#lib/to-registry-error.ts";

const IDENTIFY_TIMEOUT_MS = 3_000;
const scrapers = new KnownScrapers();

/** With accounts on it takes a token of a maintainer: the totals are those of private models too. */
export async function GET(request: ApiRequest): Promise<Response> {
  const requestId = crypto.randomUUID();
  const services = getServices();
  try {
    await assertMayRead(request.headers);
    const totals = await getTotals(services.createContext({ requestId, address: null }));
    const { contentType, text } = await renderMetrics(totals);
    return new Response(text, {
      headers: { "Content-Type": contentType, "Cache-Control": "no-store" },
    });
  } catch (error) {
    const failure = toRegistryError(error);
    if (failure.status >= 500)
      services.log.error({ operation: "metrics", request_id: requestId, error }, "failed");
    return problemResponse(failure, requestId);
  }
}

/** While the database cannot say who asks, whoever was let in before is let in. */
async function assertMayRead(headers: ApiRequest["headers"]): Promise<void> {
  const now = new Date();
  try {
    const ctx = await inTime(contextFor(headers), IDENTIFY_TIMEOUT_MS, unavailable);
    assertMay(ctx, "metrics.read");
    scrapers.remember(headers, now);
  } catch (error) {
    const isAway = toRegistryError(error).code === "unavailable";
    if (isAway && scrapers.has(headers, now)) return;
    if (!isAway) scrapers.forget(headers);
    throw error;
  }
}

const unavailable = () => new RegistryError("unavailable", "The database does not answer.");
