import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { acknowledgeAlert } from "#lib/alerts/acknowledge-alert.ts";
import type { AlertKind } from "#lib/alerts/kinds.ts";
import { listAlerts } from "#lib/alerts/list-alerts.ts";
import { createSilence, endSilence, listSilences } from "#lib/alerts/manage-silences.ts";
import { raiseAlert, resolveAlert } from "#lib/alerts/raise-alert.ts";
import { inTransaction } from "#lib/db/transaction.ts";
import { createWebhook } from "#lib/webhooks/save-webhook.ts";
import { CONFINED, userActor } from "../../tests/support/actors.ts";
import { MailServer } from "../../tests/support/mail-server.ts";
import { ModelRegistry } from "../../tests/support/model-registry.ts";
import { Receiver } from "../../tests/support/receiver.ts";
import { listContactDeliveries, testContactPoint } from "./contact-deliveries.ts";
import { createContactPoint, listContactPoints, updateContactPoint } from "./contact-points.ts";
import { followAlerts } from "./follow-alerts.ts";
import { sendToContactPoint } from "./send-to-contact-point.ts";

const ACCOUNT = { user: "registry", password: "s3cret-of-the-mail" };
const mail = new MailServer(ACCOUNT);
const receiver = new Receiver();
let registry: ModelRegistry;

beforeAll(async () => {
  const port = await mail.open();
  await receiver.open();
  registry = new ModelRegistry({
    MODEL_REGISTRY_WEBHOOKS__ALLOWED_NETWORKS: "127.0.0.1",
    MODEL_REGISTRY_API__PUBLIC_URL: "https://models.example.org",
    MODEL_REGISTRY_NOTIFICATIONS__SMTP__HOST: "127.0.0.1",
    MODEL_REGISTRY_NOTIFICATIONS__SMTP__PORT: String(port),
    MODEL_REGISTRY_NOTIFICATIONS__SMTP__SECURITY: "none",
    MODEL_REGISTRY_NOTIFICATIONS__SMTP__USER: ACCOUNT.user,
    MODEL_REGISTRY_NOTIFICATIONS__SMTP__PASSWORD: ACCOUNT.password,
    MODEL_REGISTRY_NOTIFICATIONS__SMTP__FROM: "Model Registry <registry@example.org>",
  });
  await registry.open();
});
afterAll(async () => {
  await registry.close();
  await receiver.close();
  await mail.close();
});
beforeEach(async () => {
  const { db } = registry.ctx;
  await db.contactPoint.deleteMany();
  await db.alert.deleteMany();
  await db.alertSilence.deleteMany();
  receiver.received.length = 0;
  receiver.react = () => 204;
  mail.mails.length = 0;
  mail.refuseWith = null;
});

let minutes = 0;
/** The registry's clock, which the tests move. */
const ctx = () => ({ ...registry.ctx, now: () => new Date(Date.now() + minutes * 60_000) });
const raise = (
  kind: AlertKind,
  subject: string,
  more: { model?: string; detail?: Record<string, unknown> } = {},
) =>
  inTransaction(registry.ctx.db, (tx) =>
    raiseAlert(tx, { kind, subject, detail: {}, ...more }, ctx().now()),
  );
const resolve = (kind: AlertKind, subject: string) =>
  inTransaction(registry.ctx.db, (tx) => resolveAlert(tx, kind, subject, ctx().now()));
/** What the server does every few seconds, and the jobs that this queues. */
async function follow() {
  await followAlerts(ctx());
  for (const { id } of await registry.ctx.db.contactPoint.findMany())
    await sendToContactPoint(ctx(), id, new AbortController().signal);
}
const create = (more: object) =>
  createContactPoint(registry.ctx, {
    name: "Operators",
    kind: "webhook",
    addresses: [],
    url: receiver.url,
    severities: [],
    kinds: [],
    language: "en",
    tells_end: true,
    ...more,
  } as Parameters<typeof createContactPoint>[1]);
const types = () => receiver.received.map(({ message }) => message.type);

describe("an alert", () => {
  it("reaches a mail server, a webhook and a chat, with the charts of its moment, and so does its end", async () => {
    await create({
      name: "mail",
      kind: "email",
      addresses: ["ops@example.org"],
      language: "pt-BR",
    });
    const { secret } = await create({ name: "hook" });
    await create({ name: "chat", kind: "slack" });
    await raise("disk_low", "models", { detail: { free: "3 % <@all>" } });
    await follow();
    const [first] = mail.mails;
    expect(first).toMatchObject({ from: "registry@example.org", to: ["ops@example.org"] });
    expect(first?.text).toContain("Auto-Submitted: auto-generated");
    expect(first?.text.replaceAll("=\r\n", "")).toContain(
      "https://models.example.org/monitoring?range",
    );
    const hook = receiver.received.find(({ id }) => id !== "");
    const chat = receiver.received.find(({ id }) => id === "");
    if (hook === undefined) throw new Error("nothing came");
    Receiver.verify(hook, secret ?? "");
    expect(hook.message).toMatchObject({
      type: "alert.opened",
      data: {
        title: "[Critical] Disk space low: models",
        alert: { kind: "disk_low", severity: "critical", subject: "models" },
      },
    });
    expect(chat?.message.text).toContain("*[Critical] Disk space low: models*");
    expect(chat?.message.text).toContain("3 % &lt;@all&gt;");

    await resolve("disk_low", "models");
    await follow();
    expect(mail.mails).toHaveLength(1);
    minutes += 16;
    await follow();
    expect(mail.mails).toHaveLength(2);
    expect(types().filter((type) => type === "alert.resolved")).toHaveLength(1);
  });

  it("that flaps is one alert, told of once, and one after the cool-down is another", async () => {
    await create({});
    for (let times = 0; times < 5; times += 1) {
      await raise("cache_degraded", "cache");
      await follow();
      await resolve("cache_degraded", "cache");
      await follow();
      minutes += 5;
    }
    expect(types()).toEqual(["alert.opened"]);
    const { items } = await listAlerts(registry.ctx, { limit: 10 });
    expect(items).toMatchObject([{ kind: "cache_degraded", reopened: 4 }]);
    minutes += 20;
    await follow();
    await raise("cache_degraded", "cache");
    await follow();
    expect(types()).toEqual(["alert.opened", "alert.resolved", "alert.opened"]);
    expect((await listAlerts(registry.ctx, { limit: 10 })).total).toBe(2);
  });

  it("that several servers see at once is opened once", async () => {
    await create({});
    await Promise.all(Array.from({ length: 8 }, () => raise("job_stuck", "operation:1")));
    await Promise.all([followAlerts(ctx()), followAlerts(ctx()), followAlerts(ctx())]);
    await follow();
    expect(types()).toEqual(["alert.opened"]);
  });

  it("reaches only those whom its severity and kind concern", async () => {
    await create({ name: "critical", severities: ["critical"] });
    await create({ name: "disks", kinds: ["disk_filling"] });
    const { id } = await create({ name: "off" });
    await updateContactPoint(registry.ctx, { id, enabled: false });
    await raise("token_expiring", "a-token");
    await raise("disk_filling", "models");
    await raise("replica_lost", "server-2");
    await follow();
    const told = receiver.received.map(({ message }) => message.data.alert.kind);
    expect(told.sort()).toEqual(["disk_filling", "replica_lost"]);
  });

  it("is told to nobody while it is silenced, and then if it is still there", async () => {
    await create({});
    const silence = await createSilence(ctx(), {
      kind: "disk_low",
      subject: "mod*",
      comment: "maintenance",
      ends_at: new Date(ctx().now().getTime() + 3_600_000).toISOString(),
    });
    await raise("disk_low", "models");
    await raise("disk_low", "cache");
    await follow();
    expect(receiver.received.map(({ message }) => message.data.alert.subject)).toEqual(["cache"]);
    expect(await listAlerts(ctx(), { limit: 10, subject: "models" })).toMatchObject({
      items: [{ silenced_until: silence.ends_at, notified_at: null }],
    });
    await endSilence(ctx(), silence);
    await follow();
    expect(receiver.received.map(({ message }) => message.data.alert.subject)).toEqual([
      "cache",
      "models",
    ]);
    await expect(endSilence(ctx(), silence)).rejects.toMatchObject({ code: "silence_not_found" });
  });

  it("is acknowledged with a comment, which stands in the audit log, but not when it is over", async () => {
    await raise("replica_lost", "server-1");
    const [{ id } = { id: "" }] = (await listAlerts(ctx(), { limit: 1 })).items;
    const acknowledged = await acknowledgeAlert(ctx(), { id, comment: "on my way" });
    expect(acknowledged.acknowledged).toMatchObject({ by: "anonymous", comment: "on my way" });
    const entry = await registry.ctx.db.auditEntry.findFirst({
      where: { action: "alert.acknowledged" },
    });
    expect(entry?.detail).toMatchObject({ id, kind: "replica_lost", comment: "on my way" });
    await resolve("replica_lost", "server-1");
    minutes += 16;
    await follow();
    await expect(acknowledgeAlert(ctx(), { id, comment: "" })).rejects.toMatchObject({
      code: "alert_over",
    });
  });

  it("is one of a webhook's events: opened and resolved once each, whatever flaps between", async () => {
    const { id } = await createWebhook(registry.ctx, {
      ...{ url: receiver.url, description: "", events: ["alert.*"], models: [] },
    });
    await raise("backup_failed", "folder");
    await resolve("backup_failed", "folder");
    await raise("backup_failed", "folder");
    await resolve("backup_failed", "folder");
    minutes += 16;
    await follow();
    const rows = await registry.ctx.db.delivery.findMany({ where: { webhookId: id } });
    expect(rows.map(({ event }) => event)).toEqual(["alert.opened", "alert.resolved"]);
  });

  it("about a model is hidden, with its silences, from whoever may not see the model", async () => {
    await registry.ctx.db.privateName.create({ data: { nameKey: "hidden" } });
    await raise("scan_finding", "hidden/1.0.0", { model: "hidden" });
    await raise("scan_finding", "shown/1.0.0", { model: "shown" });
    await raise("disk_low", "models");
    await createSilence(ctx(), {
      ...{ kind: null, subject: "hidden/*", comment: "" },
      ends_at: new Date(ctx().now().getTime() + 60_000).toISOString(),
    });
    const subjects = async (actor: Parameters<typeof registry.ctxFor>[0]) =>
      (await listAlerts(registry.ctxFor(actor), { limit: 10 })).items.map(({ subject }) => subject);
    const maintainer = userActor("m", { role: "maintainer" });
    expect(await subjects(maintainer)).toEqual(["models", "shown/1.0.0"]);
    expect(await subjects(CONFINED)).toEqual([]);
    expect((await listAlerts(registry.ctx, { limit: 10 })).total).toBe(3);
    expect(await listSilences(registry.ctxFor(maintainer), { limit: 10 })).toMatchObject({
      total: 0,
    });
  });
});

describe("a contact point", () => {
  it("is tested at once, and says what the mail server answers", async () => {
    const { id } = await create({ kind: "email", addresses: ["ops@example.org"] });
    expect(await testContactPoint(registry.ctx, { id })).toMatchObject({
      state: "delivered",
      log: [{ status: 250 }],
    });
    mail.refuseWith = 451;
    expect(await testContactPoint(registry.ctx, { id })).toMatchObject({
      state: "failed",
      log: [{ status: 451, error: "The mail server answered 451." }],
    });
  });

  it("whose mail server does not take a message gets it later, and gets it once", async () => {
    const { id } = await create({ kind: "email", addresses: ["ops@example.org"] });
    mail.refuseWith = 451;
    await raise("disk_low", "models");
    await follow();
    mail.refuseWith = null;
    await registry.ctx.db.$executeRaw`update delivery set next_attempt_at = now()`;
    await follow();
    await follow();
    expect(mail.mails).toHaveLength(1);
    const { items } = await listContactDeliveries(registry.ctx, { id, limit: 10 });
    expect(items).toMatchObject([{ state: "delivered", attempts: 2 }]);
  });

  it("shows neither its URL, which is a secret, nor what it signs with", async () => {
    const made = await create({ url: `${receiver.url}/T0/B0/token-of-the-chat` });
    await testContactPoint(registry.ctx, made);
    const shown = JSON.stringify([
      await listContactPoints(registry.ctx),
      await listContactDeliveries(registry.ctx, { id: made.id, limit: 10 }),
      await registry.ctx.db.auditEntry.findMany({ select: { detail: true } }),
    ]);
    expect(shown).not.toContain("token-of-the-chat");
    expect(shown).not.toContain(made.secret);
    expect(shown).not.toContain(ACCOUNT.password);
  });
});
