import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { raiseAlert } from "../../lib/alerts/raise-alert.ts";
import { inTransaction } from "../../lib/db/transaction.ts";
import { queueDueDeliveries, queueNextTurn } from "../../lib/deliveries/queue-deliveries.ts";
import { createJobHandlers } from "../../lib/job-handlers.ts";
import { createLogger } from "../../lib/log.ts";
import { updateModel } from "../../lib/models/update-model.ts";
import { createContactPoint } from "../../lib/notifications/contact-points.ts";
import { followAlerts } from "../../lib/notifications/follow-alerts.ts";
import { JobRunner } from "../../lib/operations/job-runner.ts";
import { LANES } from "../../lib/operations/lanes.ts";
import { createWebhook } from "../../lib/webhooks/save-webhook.ts";
import { listWebhookDeliveries } from "../../lib/webhooks/webhook-deliveries.ts";
import { modelRegistry } from "../support/model-registry.ts";
import { Receiver } from "../support/receiver.ts";

const registry = modelRegistry({ MODEL_REGISTRY_WEBHOOKS__ALLOWED_NETWORKS: "127.0.0.1" });
const slow = new Receiver();
const healthy = new Receiver();
const NEVER = new AbortController().signal;

beforeAll(async () => {
  await slow.open();
  await healthy.open();
});
afterAll(async () => {
  await slow.close();
  await healthy.close();
});
beforeEach(async () => {
  const { db } = registry.ctx;
  await db.webhook.deleteMany();
  await db.contactPoint.deleteMany();
  await db.$executeRaw`truncate graphile_worker._private_jobs`;
  slow.received.length = healthy.received.length = 0;
  slow.react = healthy.react = () => 204;
});

const create = ({ url }: Receiver) =>
  createWebhook(registry.ctx, { url, description: "", events: ["model.updated"], models: [] });
const handlers = () => {
  const all = createJobHandlers(registry.ctx, { compression: undefined as never });
  const names = ["send-notices", "send-to-webhook", "send-to-slow-webhook"] as const;
  return Object.fromEntries(names.map((name) => [name, all[name]])) as Pick<
    typeof all,
    (typeof names)[number]
  >;
};
let counter = 0;
/** Something that the webhooks are told of. */
async function change() {
  counter += 1;
  const name = `slow-${counter}`;
  await registry.register(name);
  await updateModel(registry.ctx, { name, description: "changed" });
}
async function until(isTrue: () => boolean): Promise<void> {
  for (let left = 500; left > 0; left -= 1) {
    if (isTrue()) return;
    await sleep(20);
  }
  throw new Error("It did not happen within ten seconds.");
}
const jobs = () => registry.ctx.db.$queryRaw<{ task: string; key: string }[]>`
  select task_identifier as task, key from graphile_worker.jobs where key like 'deliveries:%' order by run_at, id`;

it("A receiver that answers 200 and then sends its body in drops has its message within moments", async () => {
  const { id } = await create(slow);
  slow.react = () => "drops";
  await change();
  const begun = Date.now();
  await handlers()["send-to-webhook"]?.({ id }, NEVER);
  expect(Date.now() - begun).toBeLessThan(5_000);
  const { items } = await listWebhookDeliveries(registry.ctx, { id, limit: 1 });
  expect(items).toMatchObject([{ state: "delivered", log: [{ status: 200 }] }]);
  expect(items[0]?.log[0]?.answer).toMatch(/^x+$/);
  expect(items[0]?.log[0]?.duration_ms).toBeLessThan(2_000);
});

it("A webhook that was slow leaves its lane to the others for an hour, also when a job of it waits there", async () => {
  const { id } = await create(slow);
  const beside = await create(healthy);
  slow.react = async () => {
    await sleep(2_200);
    return 204;
  };
  await change();
  await handlers()["send-to-webhook"]?.({ id }, NEVER);
  expect(slow.received).toHaveLength(1);
  await change();
  await queueDueDeliveries(registry.ctx);
  const tasks = async () => Object.fromEntries((await jobs()).map(({ task, key }) => [key, task]));
  expect(await tasks()).toEqual({
    [`deliveries:webhook:${id}`]: "send-to-slow-webhook",
    [`deliveries:webhook:${beside.id}`]: "send-to-webhook",
  });
  await handlers()["send-to-webhook"]?.({ id }, NEVER);
  expect(slow.received).toHaveLength(1);
  await handlers()["send-to-slow-webhook"]?.({ id }, NEVER);
  expect(slow.received).toHaveLength(2);
  // As if an hour had passed, and a worker had taken the jobs.
  await registry.ctx.db.$executeRaw`update webhook set slow_until = now() where id = ${id}::uuid`;
  await registry.ctx.db.$executeRaw`truncate graphile_worker._private_jobs`;
  await change();
  await queueDueDeliveries(registry.ctx);
  expect(await tasks()).toMatchObject({ [`deliveries:webhook:${id}`]: "send-to-webhook" });
});

it("A receiver keeps its place in the line whatever else changes, and takes one at the end after its turn", async () => {
  await create(slow);
  await create(healthy);
  await change();
  await queueDueDeliveries(registry.ctx);
  const before = await jobs();
  expect(before).toHaveLength(2);
  await change();
  await queueDueDeliveries(registry.ctx);
  await queueDueDeliveries(registry.ctx);
  expect(await jobs()).toEqual(before);
  const [first, second] = before.map(({ key }) => key);
  const id = first?.split(":").at(-1) ?? "";
  await queueNextTurn(registry.ctx, { kind: "webhook", id });
  expect((await jobs()).map(({ key }) => key)).toEqual([second, first]);
});

it("An alert and a healthy webhook are told at once while more receivers than there are places do not answer", async () => {
  for (let count = 0; count < 2 * LANES.slow_webhooks.concurrency; count += 1) await create(slow);
  slow.react = () => null;
  // All but one have been slow before.
  await registry.ctx.db.$executeRaw`update webhook set slow_until = now() + interval '1 hour'`;
  await create(slow);
  await create(healthy);
  await createContactPoint(registry.ctx, {
    name: "Operators",
    kind: "webhook",
    addresses: [],
    url: healthy.url,
    severities: [],
    kinds: [],
    language: "en",
    tells_end: false,
  });
  await change();
  await queueDueDeliveries(registry.ctx);
  const runner = await JobRunner.start(registry.databaseUrl, handlers(), createLogger("silent"));
  try {
    await until(() => slow.received.length > LANES.slow_webhooks.concurrency);
    await inTransaction(registry.ctx.db, (tx) =>
      raiseAlert(tx, { kind: "disk_low", subject: "models", detail: {} }, new Date()),
    );
    await followAlerts(registry.ctx);
    await until(() => healthy.typesOf().length === 2);
    expect(healthy.typesOf().sort()).toEqual(["alert.opened", "model.updated"]);
  } finally {
    await runner.close();
  }
});
