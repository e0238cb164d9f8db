import type { Span } from "@opentelemetry/api";
import { provideTracing, type SpanSettings } from "./span.ts";

const NAME = "model-registry";
/** The standard's own word for a server's failure. */
const SERVER_ERROR = 500;

/**
 * Loads OpenTelemetry, which reads its own variables (`OTEL_EXPORTER_OTLP_ENDPOINT`, `OTEL_TRACES_SAMPLER`, `OTEL_SERVICE_NAME`
 * ...), and begins. Gives what sends the rest and ends it. Metrics and logs have ways of their own out of the registry, so that
 * they are off here unless their variables ask for them.
 */
export async function startTracing(version: string): Promise<() => Promise<void>> {
  process.env.OTEL_METRICS_EXPORTER ??= "none";
  process.env.OTEL_LOGS_EXPORTER ??= "none";
  process.env.OTEL_SERVICE_NAME ??= NAME;
  const [api, { NodeSDK }] = await Promise.all([
    import("@opentelemetry/api"),
    import("@opentelemetry/sdk-node"),
  ]);
  const sdk = new NodeSDK({ instrumentations: [] });
  sdk.start();
  const tracer = api.trace.getTracer(NAME, version);
  const kinds = {
    server: api.SpanKind.SERVER,
    client: api.SpanKind.CLIENT,
    internal: api.SpanKind.INTERNAL,
  };
  const parentOf = ({ headers }: SpanSettings) => {
    const active = api.context.active();
    if (headers === undefined) return active;
    return api.propagation.extract(active, headers, {
      get: (from, name) => from.get(name) ?? undefined,
      keys: () => [],
    });
  };
  const fail = (span: Span, error: unknown) => {
    // What the client is refused for is no failure of the step that refuses it.
    if (isClientsFault(error)) return;
    span.setStatus({ code: api.SpanStatusCode.ERROR });
    if (error instanceof Error) span.recordException({ name: error.name, message: error.name });
  };
  provideTracing({
    isInside: () => api.trace.getActiveSpan() !== undefined,
    run: (settings, work) => {
      const { name, kind, attributes } = settings;
      const options = { kind: kinds[kind], attributes };
      return tracer.startActiveSpan(name, options, parentOf(settings), async (span) => {
        try {
          return await work((more) => {
            span.setAttributes(more);
            if (Number(more["http.response.status_code"]) >= SERVER_ERROR)
              span.setStatus({ code: api.SpanStatusCode.ERROR });
          });
        } catch (error) {
          fail(span, error);
          throw error;
        } finally {
          span.end();
        }
      });
    },
  });
  return async () => {
    provideTracing(undefined);
    await sdk.shutdown();
  };
}

function isClientsFault(error: unknown): boolean {
  const { status } = (error ?? {}) as { status?: unknown };
  return typeof status === "number" && status < SERVER_ERROR;
}
