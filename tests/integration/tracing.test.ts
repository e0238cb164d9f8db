/** Traces of OpenTelemetry, as a collector gets them. That nothing is loaded without is in monitoring.test.ts. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { tinyModel } from "../support/model-files.ts";
import {
  type OtlpReceiver,
  type ReceivedSpan,
  startOtlpReceiver,
} from "../support/otlp-receiver.ts";
import { RegistryClient } from "../support/registry-client.ts";
import { type RunningServer, startServer } from "../support/server.ts";

const SERVER_KIND = 2;

let receiver: OtlpReceiver;
let server: RunningServer;
let api: RegistryClient;
beforeAll(async () => {
  receiver = await startOtlpReceiver();
  server = await startServer({
    env: {
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
      OTEL_EXPORTER_OTLP_PROTOCOL: "http/json",
      OTEL_SERVICE_NAME: "registry-under-test",
      OTEL_BSP_SCHEDULE_DELAY: "100",
    },
  });
  api = new RegistryClient(server.baseUrl);
});
afterAll(async () => {
  await server?.stop();
  await receiver?.stop();
});

/** The spans of the newest request of this name, once it has arrived. */
async function trace(name: string): Promise<{ root: ReceivedSpan; all: ReceivedSpan[] }> {
  const find = () => receiver.spans.findLast((span) => span.name === name);
  await expect.poll(find, { timeout: 20_000 }).toBeDefined();
  const root = find() as ReceivedSpan;
  return { root, all: receiver.spans.filter(({ traceId }) => traceId === root.traceId) };
}
const below = (all: ReceivedSpan[], parent: ReceivedSpan) =>
  all.filter(({ parentSpanId }) => parentSpanId === parent.spanId);

it("a registration is a request, its use case, its statements and what the store did", async () => {
  await api.register({ name: "traced" }, [{ path: "m.safetensors", bytes: tinyModel(1, 64) }]);
  const { root, all } = await trace("POST /models");
  expect(root).toMatchObject({
    kind: SERVER_KIND,
    service: "registry-under-test",
    attributes: { "http.route": "/models", "http.response.status_code": 201 },
  });
  const [useCase] = below(all, root).filter(({ name }) => name === "register_model");
  expect(useCase).toBeDefined();
  const names = all.map(({ name }) => name);
  for (const name of ["BEGIN", "INSERT", "COMMIT", "storage createWriter"])
    expect(names).toContain(name);
  // Everything hangs together.
  const ids = new Set(all.map(({ spanId }) => spanId));
  for (const span of all) if (span !== root) expect(ids, span.name).toContain(span.parentSpanId);
});

it("statements have no values in them, and names none of models", async () => {
  await api.get("/api/v1/models/traced");
  const { all } = await trace("GET /models/{name}");
  const statements = all.filter(({ attributes }) => attributes["db.query.text"]);
  expect(statements.length).toBeGreaterThan(0);
  expect(JSON.stringify(all)).not.toContain("traced");
  for (const { attributes } of statements)
    expect(attributes).toMatchObject({ "db.system.name": "postgresql" });
});

it("a request goes on with the trace of whoever sends it", async () => {
  const traceId = "0af7651916cd43dd8448eb211c80319c";
  await fetch(`${server.baseUrl}/api/v1/models/nobody`, {
    headers: { traceparent: `00-${traceId}-b7ad6b7169203331-01` },
  });
  await expect
    .poll(
      () => receiver.spans.find((span) => span.traceId === traceId && span.kind === SERVER_KIND),
      {
        timeout: 20_000,
      },
    )
    .toMatchObject({
      parentSpanId: "b7ad6b7169203331",
      attributes: { "http.response.status_code": 404 },
    });
});
