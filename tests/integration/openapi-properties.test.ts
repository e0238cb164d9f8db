/**
 * Requests of all kinds that Schemathesis makes from the OpenAPI document, valid and not: none makes the server fail, and
 * every answer is one that the document has.
 */
import { afterAll, beforeAll, expect, it } from "vitest";
import { tinyModel } from "../support/model-files.ts";
import { RegistryClient, sha256 } from "../support/registry-client.ts";
import { runSchemathesis } from "../support/schemathesis.ts";
import { type RunningServer, startServer } from "../support/server.ts";

/** Long on a busy machine; a run that hangs still ends. */
const RUN_TIMEOUT_MS = 15 * 60_000;
const KEPT = tinyModel(1);

let server: RunningServer;
beforeAll(async () => {
  server = await startServer({ env: { MODEL_REGISTRY_STORAGE__MAX_UPLOAD_SIZE: "32MiB" } });
  const api = new RegistryClient(server.baseUrl);
  const register = (name: string, version: string, bytes: Uint8Array<ArrayBuffer>) =>
    api.register({ name, version, metadata: '{"a":1}' }, [{ path: "m.safetensors", bytes }]);
  await register("kept", "1.0.0", KEPT);
  await register("kept", "1.1.0", tinyModel(2));
  await api.send("PUT", "/api/v1/models/kept/aliases/prod", { version: "1.0.0" });
  await api.send("PUT", "/api/v1/models/kept/aliases/old", { version: "1.0.0" });
  for (const name of ["doomed", "thrown"]) await register(name, "1.0.0", tinyModel(3));
  await api.send("DELETE", "/api/v1/models/thrown");
});
afterAll(() => server.stop());

it(
  "no request that the document allows or forbids makes the server fail, or answers what the document does not have",
  async () => {
    const { code, output } = await runSchemathesis({
      server,
      seed: 20_261_128,
      examples: 25,
      known: {
        name: ["kept"],
        ref: ["1.0.0", "latest", "@prod"],
        alias: ["prod", "old"],
        path: ["m.safetensors"],
        digest: [`sha256:${sha256(KEPT)}`],
      },
      doomed: { name: ["doomed", "thrown"], ref: ["1.0.0"], alias: ["old"] },
    });
    expect(output).toMatch(/Tested: \d{2}/);
    expect(code, output.slice(-20_000)).toBe(0);
    expect(server.logs()).not.toMatch(/"level":"ERROR"|unhandled/i);
  },
  RUN_TIMEOUT_MS,
);
