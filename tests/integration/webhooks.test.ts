import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { raiseAlert } from "../../lib/alerts/raise-alert.ts";
import { inTransaction } from "../../lib/db/transaction.ts";
import { moveAlias } from "../../lib/models/move-alias.ts";
import { updateModel } from "../../lib/models/update-model.ts";
import { listWebhooks } from "../../lib/webhooks/list-webhooks.ts";
import { rotateSecret } from "../../lib/webhooks/rotate-secret.ts";
import { createWebhook, removeWebhook, updateWebhook } from "../../lib/webhooks/save-webhook.ts";
import { sendToWebhook } from "../../lib/webhooks/send-webhook.ts";
import {
  listWebhookDeliveries,
  redeliverToWebhook,
  testWebhook,
} from "../../lib/webhooks/webhook-deliveries.ts";
import { OPEN, userActor } from "../support/actors.ts";
import { modelRegistry } from "../support/model-registry.ts";
import { Receiver } from "../support/receiver.ts";

const registry = modelRegistry({ MODEL_REGISTRY_WEBHOOKS__ALLOWED_NETWORKS: "127.0.0.1" });
const receiver = new Receiver();
const NEVER = new AbortController().signal;

beforeAll(() => receiver.open());
afterAll(() => receiver.close());
beforeEach(async () => {
  await registry.ctx.db.webhook.deleteMany();
  receiver.received.length = 0;
  receiver.react = () => 204;
});

const create = (more: Partial<Parameters<typeof createWebhook>[1]> = {}, ctx = registry.ctx) =>
  createWebhook(ctx, { url: receiver.url, description: "", events: [], models: [], ...more });
const send = (id: string) => sendToWebhook(registry.ctx, id, NEVER);
const edit = (name: string, description: string) =>
  updateModel(registry.ctx, { name, description });
/** As if that much time had passed. */
const pass = (interval: string) => registry.ctx.db.$executeRaw`
  update delivery set created_at = created_at - ${interval}::interval, expires_at = expires_at - ${interval}::interval,
    next_attempt_at = next_attempt_at - ${interval}::interval, claimed_until = claimed_until - ${interval}::interval`;
const logOf = async (id: string) =>
  (await listWebhookDeliveries(registry.ctx, { id, limit: 200 })).items;
let counter = 0;
const newModel = async () => {
  counter += 1;
  const name = `hooked-${counter}`;
  await registry.register(name);
  return name;
};

describe("a change", () => {
  it("writes nothing where there is no webhook, and one message for each that hears of it", async () => {
    await newModel();
    expect(await registry.ctx.db.delivery.count()).toBe(0);
    const all = await create();
    const some = await create({ events: ["version.*"], models: ["hooked-*"] });
    const other = await create({ models: ["other"] });
    await newModel();
    const count = (webhookId: string) => registry.ctx.db.delivery.count({ where: { webhookId } });
    expect([await count(all.id), await count(some.id), await count(other.id)]).toEqual([2, 1, 0]);
  });

  it("that is taken back leaves no message", async () => {
    const { id } = await create();
    const name = await newModel();
    const before = await registry.ctx.db.delivery.count({ where: { webhookId: id } });
    await expect(
      moveAlias(registry.ctx, { name, alias: "prod", version: "9.9.9" }),
    ).rejects.toThrow();
    expect(await registry.ctx.db.delivery.count({ where: { webhookId: id } })).toBe(before);
  });
});

describe("a message", () => {
  it("is signed by the scheme of Standard Webhooks, with its own id, in the order of the changes", async () => {
    const { id, secret } = await create();
    const name = await newModel();
    await moveAlias(registry.ctx, { name, alias: "prod", version: "1.0.0" });
    await send(id);
    expect(receiver.typesOf(name)).toEqual(["model.created", "version.registered", "alias.moved"]);
    for (const received of receiver.received) Receiver.verify(received, secret);
    expect(() => Receiver.verify(receiver.at(0), `whsec_${btoa("x".repeat(32))}`)).toThrow();
    const [, registered] = receiver.received;
    expect(registered?.message.data).toMatchObject({
      model: name,
      version: "1.0.0",
      actor: "anonymous",
      detail: { verdict: "clean" },
    });
    expect(await logOf(id)).toMatchObject([
      { state: "delivered", attempts: 1, log: [{ status: 204, error: null }] },
      { state: "delivered" },
      { state: "delivered" },
    ]);
  });

  it("waits for those before it of the same model, and not for those of others", async () => {
    const { id } = await create({ events: ["model.updated"] });
    const [first, second] = [await newModel(), await newModel()];
    for (const text of ["1", "2", "3"]) {
      await edit(first, text);
      await edit(second, text);
    }
    let refusals = 2;
    receiver.react = ({ message }) => (message.data.model === first && refusals-- > 0 ? 500 : 204);
    await send(id);
    expect(receiver.received.filter(({ message }) => message.data.model === second)).toHaveLength(
      3,
    );
    expect(receiver.received.filter(({ message }) => message.data.model === first)).toHaveLength(1);
    await pass("10 seconds");
    await send(id);
    await pass("1 minute");
    await send(id);
    const ofFirst = receiver.received.filter(({ message }) => message.data.model === first);
    expect(ofFirst.map(({ message }) => message.data.detail.after.description)).toEqual([
      "1",
      "1",
      "1",
      "2",
      "3",
    ]);
    expect(new Set(ofFirst.slice(0, 3).map(({ id }) => id)).size).toBe(1);
    expect(new Set(ofFirst.slice(0, 3).map(({ body }) => body)).size).toBe(1);
  });

  it("comes when the receiver has been down for an hour", async () => {
    const { id } = await create({ events: ["model.updated"] });
    const [one, two] = [await newModel(), await newModel()];
    await edit(one, "x");
    await edit(two, "y");
    await receiver.close();
    for (let minutes = 0; minutes < 60; minutes += 10) {
      await send(id);
      await pass("10 minutes");
    }
    const [waiting] = await logOf(id);
    expect(waiting).toMatchObject({ state: "pending" });
    expect(waiting?.log.every(({ status, error }) => status === null && error !== null)).toBe(true);
    expect(waiting?.log.length).toBeGreaterThan(1);
    await receiver.open();
    await pass("1 hour");
    await send(id);
    expect(receiver.typesOf()).toEqual(["model.updated", "model.updated"]);
    expect(await listWebhooks(registry.ctx)).toMatchObject({
      items: [{ failing_since: null, waiting: 0 }],
    });
  });

  it("is given up after three days, and the webhook is switched off with an alert", async () => {
    const { id } = await create({ events: ["model.updated"] });
    const name = await newModel();
    await edit(name, "x");
    receiver.react = () => 503;
    await send(id);
    await pass("4 days");
    await registry.ctx.db
      .$executeRaw`update webhook set failing_since = failing_since - interval '4 days'`;
    await edit(name, "y");
    await send(id);
    expect(await logOf(id)).toMatchObject([{ state: "pending" }, { state: "failed", attempts: 2 }]);
    expect(await listWebhooks(registry.ctx)).toMatchObject({
      items: [{ enabled: false, off: { reason: "failing" } }],
    });
    const open = { where: { kind: "webhook_disabled", subject: id, resolvedAt: null } };
    expect(await registry.ctx.db.alert.count(open)).toBe(1);
    // What happens meanwhile is not for it; what waited comes when it is on again.
    await edit(name, "z");
    receiver.react = () => 204;
    await updateWebhook(registry.ctx, { id, enabled: true });
    await send(id);
    expect((await logOf(id)).map(({ state }) => state)).toEqual(["delivered", "failed"]);
    expect(await registry.ctx.db.alert.count(open)).toBe(0);
  });

  it("is not repeated to a receiver that is gone", async () => {
    const { id } = await create({ events: ["model.updated"] });
    await edit(await newModel(), "x");
    receiver.react = () => 410;
    await send(id);
    expect((await logOf(id))[0]).toMatchObject({ state: "failed", attempts: 1 });
    expect(await listWebhooks(registry.ctx)).toMatchObject({
      items: [{ off: { reason: "gone" } }],
    });
  });

  it("does not follow a redirect into the network, and follows one that is allowed", async () => {
    const { id } = await create({ events: ["model.updated"] });
    await edit(await newModel(), "x");
    receiver.react = () => ({ status: 307, location: "http://169.254.169.254/latest/meta-data" });
    await send(id);
    expect((await logOf(id))[0]?.log[0]).toMatchObject({
      status: null,
      error: expect.stringContaining("169.254.169.254 is not a public address"),
    });
    let redirects = 1;
    receiver.react = () => (redirects-- > 0 ? { status: 308, location: `${receiver.url}2` } : 204);
    await pass("1 minute");
    await send(id);
    expect((await logOf(id))[0]).toMatchObject({ state: "delivered" });
  });

  it("that a dead process was about to send is sent by another one, a minute later", async () => {
    const { id } = await create({ events: ["model.updated"] });
    await edit(await newModel(), "x");
    await registry.ctx.db
      .$executeRaw`update delivery set claimed_until = now() + interval '1 minute'`;
    await send(id);
    expect(receiver.received).toEqual([]);
    await pass("2 minutes");
    await send(id);
    expect(receiver.received).toHaveLength(1);
  });

  it("is sent again by hand, with the same id, and the log keeps both answers", async () => {
    const { id } = await create({ events: ["model.updated"] });
    await edit(await newModel(), "x");
    await send(id);
    const [sent] = await logOf(id);
    await redeliverToWebhook(registry.ctx, { id, delivery: sent?.id ?? "" });
    await send(id);
    expect(receiver.received.map(({ id: message }) => message)).toEqual([
      sent?.message_id,
      sent?.message_id,
    ]);
    expect((await logOf(id))[0]?.log).toHaveLength(2);
  });
});

describe("the documentation", () => {
  it("shows messages as they come, but for the names and moments in them", async () => {
    const page = await readFile(new URL("../../docs/webhooks.md", import.meta.url), "utf8");
    const shown = [...page.matchAll(/^\{"type"[^`]*?\}$/gm)].map(([text]) => JSON.parse(text));
    const { id } = await create({ events: ["alias.moved", "alert.opened"] });
    for (const version of ["1.1.0", "1.2.0"]) {
      await registry.register("resnet50", undefined, { version });
      await moveAlias(registry.ctx, { name: "resnet50", alias: "prod", version });
    }
    // As lib/monitoring/alerts/find-low-disk.ts makes it.
    const detail = {
      free_bytes: 21474836480,
      total_bytes: 499289948160,
      free_percent: 4.3,
      full_in_days: null,
    };
    await inTransaction(registry.ctx.db, (tx) =>
      raiseAlert(tx, { kind: "disk_low", subject: "storage", detail }, new Date()),
    );
    await send(id);
    const real = (type: string) =>
      receiver.received.findLast(({ message }) => message.type === type);
    expect(shown.map(({ type }) => type)).toEqual(["alias.moved", "alert.opened"]);
    for (const { type, timestamp, data } of shown) {
      const { message, headers } = real(type) ?? receiver.at(99);
      const { actor } = data;
      const ids = data.detail.id === undefined ? {} : { id: data.detail.id };
      expect({
        ...message,
        timestamp,
        data: { ...message.data, actor, detail: { ...message.data.detail, ...ids } },
      }).toEqual({ type, timestamp, data });
      expect([typeof message.data.actor, message.timestamp]).toEqual([
        "string",
        expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      ]);
      for (const [, name = ""] of page.matchAll(/^((?:webhook|content)-[a-z]+): /gm))
        expect(headers).toHaveProperty(name);
      expect(headers["content-type"]).toBe("application/json");
    }
  });
});

describe("a webhook", () => {
  it("is tested at once, and a test that fails is not repeated", async () => {
    const { id } = await create();
    expect(await testWebhook(registry.ctx, { id })).toMatchObject({
      event: "webhook.test",
      state: "delivered",
      log: [{ status: 204, answer: "" }],
    });
    receiver.react = () => 500;
    expect(await testWebhook(registry.ctx, { id })).toMatchObject({
      state: "failed",
      log: [{ status: 500, error: "The receiver answered 500.", answer: "said" }],
    });
  });

  it("signs with both secrets for a day after a change, and shows neither", async () => {
    const made = await create();
    const { secret } = await rotateSecret(registry.ctx, made);
    await testWebhook(registry.ctx, made);
    Receiver.verify(receiver.at(0), made.secret);
    Receiver.verify(receiver.at(0), secret);
    await registry.ctx.db.webhook.updateMany({ data: { oldSecretUntil: new Date(0) } });
    await testWebhook(registry.ctx, made);
    Receiver.verify(receiver.at(1), secret);
    expect(() => Receiver.verify(receiver.at(1), made.secret)).toThrow();
    const shown = JSON.stringify([
      await listWebhooks(registry.ctx),
      await logOf(made.id),
      await registry.ctx.db.auditEntry.findMany({ select: { detail: true } }),
    ]);
    expect(shown).not.toContain(secret);
    expect(shown).not.toContain(made.secret);
  });

  it.each(["http://10.0.0.1/", "http://[::ffff:a00:1]/", "http://167772161/", "http://[::1]/"])(
    "is refused at the address %s",
    async (url) => {
      await expect(create({ url })).rejects.toMatchObject({
        code: "invalid_request",
        problems: [{ pointer: "/url" }],
      });
    },
  );

  it("of somebody who may not see a model is not told of it, also when the right goes later", async () => {
    const secret = await newModel();
    await registry.ctx.db.model.updateMany({
      where: { name: secret },
      data: { visibility: "private" },
    });
    await registry.ctx.db.privateName.create({ data: { nameKey: secret } });
    const account = await registry.ctx.db.account.create({
      data: {
        id: crypto.randomUUID(),
        kind: "user",
        name: "hook-owner",
        nameKey: "hook-owner",
        role: "reader",
        createdBy: "test",
        createdById: "test",
      },
    });
    const model = await registry.ctx.db.model.findUniqueOrThrow({ where: { nameKey: secret } });
    await registry.ctx.db.modelGrant.create({
      data: { modelId: model.id, accountId: account.id, level: "owner", createdBy: "test" },
    });
    const owner = registry.ctxFor({
      ...userActor("x", { role: "reader", grants: new Map([[secret, "owner"]]) }),
      id: account.id,
      name: "hook-owner",
    });
    await expect(create({}, owner)).rejects.toMatchObject({ code: "forbidden" });
    await expect(create({ models: ["hooked-*"] }, owner)).rejects.toMatchObject({
      code: "forbidden",
    });
    await expect(create({ models: ["absent"] }, owner)).rejects.toMatchObject({
      code: "model_not_found",
    });
    const { id } = await create({ models: [secret] }, owner);
    await edit(secret, "for its owner");
    await send(id);
    expect(receiver.received).toHaveLength(1);
    await registry.ctx.db.modelGrant.deleteMany({ where: { accountId: account.id } });
    await edit(secret, "for nobody else");
    await send(id);
    expect(receiver.received).toHaveLength(1);
    expect((await logOf(id))[0]).toMatchObject({ state: "withheld" });
    const stranger = registry.ctxFor(
      userActor("y", { role: "reader", grants: new Map([["other", "owner"]]) }),
    );
    expect(await listWebhooks(stranger)).toEqual({ items: [] });
    await expect(removeWebhook(stranger, { id })).rejects.toMatchObject({
      code: "webhook_not_found",
    });
    // An administrator who saves it answers for it from then on.
    await updateWebhook(registry.ctxFor(OPEN), { id, description: "mine now" });
    await edit(secret, "for the administrator");
    await send(id);
    expect(receiver.received).toHaveLength(2);
  });
});
