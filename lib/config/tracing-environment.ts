import type { Environment } from "./environment.ts";

/** Whether the standard variables of OpenTelemetry ask for traces. They are its own: no setting of ours repeats them. */
export function wantsTracing(env: Environment = process.env): boolean {
  if (env.OTEL_SDK_DISABLED?.toLowerCase() === "true") return false;
  const exporter = env.OTEL_TRACES_EXPORTER?.trim();
  if (exporter) return exporter !== "none";
  return Boolean(env.OTEL_EXPORTER_OTLP_ENDPOINT || env.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT);
}
