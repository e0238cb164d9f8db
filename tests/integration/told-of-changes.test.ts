/** The built server tells webhooks of changes and people of alerts, whatever happens to it and to them in between. */
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { MailServer } from "../support/mail-server.ts";
import { tinyModel } from "../support/model-files.ts";
import { Receiver } from "../support/receiver.ts";
import { RegistryClient } from "../support/registry-client.ts";
import { type RunningServer, startServer } from "../support/server.ts";

const mail = new MailServer();
const receiver = new Receiver();
let server: RunningServer;
let api: RegistryClient;
let hook: { id: string; secret: string };

beforeAll(async () => {
  const port = await mail.open();
  await receiver.open();
  server = await startServer({
    env: {
      MODEL_REGISTRY_WEBHOOKS__ALLOWED_NETWORKS: "127.0.0.1",
      MODEL_REGISTRY_ALERTS__COOL_DOWN: "1s",
      MODEL_REGISTRY_NOTIFICATIONS__SMTP__HOST: "127.0.0.1",
      MODEL_REGISTRY_NOTIFICATIONS__SMTP__PORT: String(port),
      MODEL_REGISTRY_NOTIFICATIONS__SMTP__SECURITY: "none",
      MODEL_REGISTRY_NOTIFICATIONS__SMTP__FROM: "registry@example.org",
    },
  });
  api = new RegistryClient(server.baseUrl);
  const made = await api.send("POST", "/api/v1/webhooks", { url: receiver.url });
  expect(made.status, made.body.detail).toBe(201);
  hook = made.body;
});
afterAll(async () => {
  await server?.stop();
  await receiver.close();
  await mail.close();
});

const register = (name: string, path: string, bytes: Uint8Array<ArrayBuffer>) =>
  api.register({ name }, [{ path, bytes }]);
const bytes = () => new Uint8Array(tinyModel());
const soon = (check: () => void, timeout = 60_000) => vi.waitFor(check, { timeout, interval: 50 });
/** What a dead process had claimed is free after a minute, and its jobs are looked for each minute. */
const AFTER_A_DEATH_MS = 150_000;

it("every change arrives in order, at a receiver that is slow and refuses, over the death of the server", async () => {
  // The receiver is down while things happen, and the server dies before it could have told anybody.
  await receiver.close();
  expect((await register("kept", "m.safetensors", bytes())).status).toBe(201);
  const edit = (description: string) => api.send("PATCH", "/api/v1/models/kept", { description });
  await edit("one");
  await edit("two");
  await server.kill9();
  let refusals = 1;
  receiver.react = async ({ message }) => {
    await sleep(300);
    return message.type === "alias.moved" && refusals-- > 0 ? 500 : 204;
  };
  await receiver.open();
  await server.restart();
  await api.send("PUT", "/api/v1/models/kept/aliases/prod", { version: "1.0.0" });
  await edit("three");
  await soon(() => expect(receiver.typesOf("kept")).toHaveLength(6), AFTER_A_DEATH_MS);
  // What was refused is sent again seconds later, and what came after it waits for that.
  const order = receiver.received
    .filter(({ message }) => message.data.model === "kept")
    .map(({ message }) => message.data.detail?.after?.description ?? message.type)
    .filter((word, at, all) => word !== all[at - 1]);
  expect(order).toEqual([
    "model.created",
    "version.registered",
    "one",
    "two",
    "alias.moved",
    "three",
  ]);
  for (const received of receiver.received) Receiver.verify(received, hook.secret);
}, 240_000);

it("a harmful file is told of by mail and webhook at once, and its end too", async () => {
  receiver.react = () => 204;
  const point = { name: "mail", kind: "email", addresses: ["ops@example.org"] };
  expect((await api.send("POST", "/api/v1/contact-points", point)).status).toBe(201);
  const harmful = new TextEncoder().encode("cos\nsystem\n(S'true'\ntR.");
  await register("harmful", "model.pkl", new Uint8Array(harmful));
  await soon(() => {
    expect(mail.mails[0]?.text).toContain("Subject: [Critical] Scan finding: harmful/1.0.0");
    expect(receiver.typesOf("harmful")).toContain("alert.opened");
  });
  const open = (await api.get("/api/v1/alerts?open=true")).body;
  expect(open.items).toMatchObject([{ kind: "scan_finding", subject: "harmful/1.0.0" }]);
  await api.send("DELETE", "/api/v1/models/harmful");
  expect((await api.get("/api/v1/alerts?open=true")).body.total).toBe(0);
  await soon(() => {
    expect(mail.mails).toHaveLength(2);
    expect(receiver.typesOf("harmful")).toContain("alert.resolved");
  });
});

it("a receiver that leads inside is not followed, and the log says why", async () => {
  receiver.react = () => ({ status: 307, location: `http://[::ffff:a00:1]/` });
  const { body } = await api.send("POST", `/api/v1/webhooks/${hook.id}/test`);
  expect(body).toMatchObject({ state: "failed", log: [{ status: null }] });
  expect(body.log[0].error).toContain("is not a public address");
});
