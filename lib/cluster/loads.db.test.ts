/** Loads from the request to the end, as people and agents have them. */
import { beforeEach, describe, expect, it } from "vitest";
import { trashVersion } from "#lib/models/trash-version.ts";
import { CONFINED, READER, userActor } from "../../tests/support/actors.ts";
import { agentNamed, leaseOf, reportOf, SCHEDULER } from "../../tests/support/agent.ts";
import { modelRegistry } from "../../tests/support/model-registry.ts";
import { expectRefusals } from "../../tests/support/refusals.ts";
import { cancelLoad } from "./cancel-load.ts";
import { finishLoad } from "./finish-load.ts";
import { getLoad } from "./get-load.ts";
import { type Leased, leaseLoad } from "./lease-load.ts";
import { listLoads } from "./list-loads.ts";
import { recordProgress } from "./record-progress.ts";
import { recordReport } from "./record-report.ts";
import { requestLoad } from "./request-load.ts";

const registry = modelRegistry();
const connected = new AbortController().signal;
const lease = (id = "one", more = {}, ctx = registry.ctx, client = connected) =>
  leaseLoad(ctx, registry.services.agents, leaseOf(id, more), client);
const taken = async (id?: string, more?: object) => (await lease(id, more)) as Leased;
const ask = (more: object = {}, name = "net") =>
  requestLoad(registry.ctx, "load", { name, version: "latest", ...more });
const nothing = { workers: [], bytes_done: 0, bytes_total: 0, renew_download_token: false };
const row = (worker: string, state: "ready" | "failed" | "downloading", done = 10) =>
  ({ worker, host: "h", state, bytes_done: done, bytes_total: 10, error: null }) as const;
const endLease = (id: string) =>
  registry.ctx.db.$executeRaw`
    update cluster_load set lease_expires_at = now() - interval '1 second' where operation_id = ${BigInt(id)}`;

beforeEach(async () => {
  await registry.clear();
  await registry.ctx.db.clusterReport.deleteMany();
  await registry.register("net");
});

describe("a load", () => {
  it("waits, is leased, tells how far it is and succeeds; each is written down", async () => {
    const asked = await ask({ mode: "disk", workers: ["w1", "w2"] });
    expect(asked).toMatchObject({
      action: "load",
      model: "net",
      version: "1.0.0",
      state: "queued",
      mode: "disk",
      workers: ["w1", "w2"],
      scheduler_address: null,
      created_by: "anonymous",
      attempts: 0,
    });
    const { load, lease: held } = await taken();
    expect(load).toMatchObject({ id: asked.id, state: "running", agent: agentNamed("one") });
    expect(held.token).toMatch(/^[\w-]{43}$/);
    const said = { ...nothing, lease: held.token, bytes_done: 15, bytes_total: 20 };
    const workers = [row("w1", "ready"), row("w2", "downloading", 5)];
    expect(await recordProgress(registry.ctx, { id: load.id, ...said, workers })).toMatchObject({
      cancel_requested: false,
    });
    expect(await getLoad(registry.ctx, load)).toMatchObject({
      bytes_done: 15,
      bytes_total: 20,
      worker_counts: { total: 2, ready: 1, failed: 0 },
      progress: workers,
    });
    const end = { state: "succeeded", error: null, lease: held.token } as const;
    const done = [row("w1", "ready"), row("w2", "ready")];
    const telling = { id: load.id, ...end, workers: done };
    const { load: finished, measured } = await finishLoad(registry.ctx, telling);
    expect(finished).toMatchObject({ state: "succeeded", progress: done, error: null });
    expect(finished.finished_at).not.toBeNull();
    // The answer may have been lost: it is said again, and nothing changes.
    expect(await finishLoad(registry.ctx, telling)).toEqual({ load: finished, measured: null });
    expect(measured).toEqual({ framework: "pytorch", seconds: expect.any(Number) });
    const audit = (await registry.auditOf("net")).filter(({ action }) => /load/.test(action));
    expect(audit.map(({ action, version }) => [action, version])).toEqual([
      ["load.requested", "1.0.0"],
      ["load.succeeded", "1.0.0"],
    ]);
  });

  it("of a version that is not clean is refused, and an unload of it is not", async () => {
    await registry.register("net", { "model.pkl": "cos\nsystem\n(S'true'\ntR." });
    await expect(ask()).rejects.toMatchObject({ code: "version_quarantined", status: 403 });
    const unload = await requestLoad(registry.ctx, "unload", { name: "net", version: "latest" });
    expect(unload).toMatchObject({ action: "unload", version: "1.0.1" });
  });

  it("goes to the agent of its scheduler alone, however the address is spelled", async () => {
    await ask({ scheduler_address: "127.0.0.1:8786" });
    expect(await lease("other", { scheduler_address: "tcp://elsewhere:8786" })).toBeNull();
    const { load } = await taken("one", { scheduler_address: "TCP://127.0.0.1:8786/" });
    expect(load.scheduler_address).toBe(SCHEDULER);
  });

  it("is given to one of two agents that ask at once, the oldest first", async () => {
    const ids = [(await ask()).id, (await ask()).id];
    const leased = await Promise.all([taken("one"), taken("two")]);
    expect(leased.map(({ load }) => load.id).sort()).toEqual(ids);
    expect(await lease("three")).toBeNull();
  });

  it("is taken from the cluster also where the version is in the trash", async () => {
    await registry.register("net", { "model.safetensors": "other" }, { version: "2.0.0" });
    await trashVersion(registry.ctx, { name: "net", ref: "2.0.0" });
    const unload = { name: "net", version: "2.0.0" };
    await expect(requestLoad(registry.ctx, "load", unload)).rejects.toMatchObject({
      code: "version_not_found",
    });
    expect(await requestLoad(registry.ctx, "unload", unload)).toMatchObject({ version: "2.0.0" });
  });
});

describe("an agent that waits", () => {
  it("gets a load the moment that it is asked for, and holds no connection meanwhile", async () => {
    const gone = new AbortController();
    const { subscriberCount } = registry.services.events;
    // More of them than there are connections.
    const count = registry.services.config.database.poolSize + 1;
    const waiting = Array.from({ length: count }, (_, index) =>
      lease(`agent-${index}`, { wait_seconds: 30 }, registry.ctx, gone.signal),
    );
    const heard = () => registry.services.events.subscriberCount - subscriberCount;
    await expect.poll(heard).toBe(count);
    const begun = performance.now();
    const asked = await ask();
    const first = await Promise.race(waiting);
    expect(first?.load.id).toBe(asked.id);
    expect(performance.now() - begun).toBeLessThan(5_000);
    gone.abort();
    const all = await Promise.all(waiting);
    expect(all.filter((leased) => leased !== null)).toEqual([first]);
    expect(heard()).toBe(0);
  });

  it("gets the load of another one whose lease ends meanwhile", async () => {
    const asked = await ask();
    await taken("dies");
    await registry.ctx.db.$executeRaw`
      update cluster_load set lease_expires_at = now() + interval '400 milliseconds'`;
    const leased = await taken("lives", { wait_seconds: 20 });
    expect(leased.load).toMatchObject({ id: asked.id, attempts: 1, error: null });
    expect(leased.load.agent?.id).toBe("lives");
  });

  it("that is gone when a load is found for it has not cost the load an attempt", async () => {
    const { id } = await ask();
    expect(await lease("one", {}, registry.ctx, AbortSignal.abort())).toBeNull();
    const { load } = await taken("two");
    expect(load).toMatchObject({ id, attempts: 0, agent: { id: "two" } });
  });

  it("is sent away when the server stops, and when its rights end", async () => {
    const ctx = { ...registry.ctx, currentActor: async () => READER };
    // Those of the tests before have gone.
    await expect.poll(() => registry.services.events.subscriberCount).toBeLessThan(2);
    const waiting = lease("one", { wait_seconds: 30 }, ctx);
    await Promise.all([
      expect(waiting).rejects.toMatchObject({ code: "forbidden" }),
      (async () => {
        await expect.poll(() => registry.services.events.subscriberCount).toBeGreaterThan(1);
        await ask();
      })(),
    ]);
  });
});

describe("an agent that is lost", () => {
  it("loses its load to another one, and hears so; after three of them the load has failed", async () => {
    const { id } = await ask();
    const tokens: string[] = [];
    for (const agent of ["one", "two", "three"]) {
      tokens.push((await taken(agent)).lease.token);
      await endLease(id);
    }
    expect(await lease("four")).toBeNull();
    const failed = await getLoad(registry.ctx, { id });
    expect(failed).toMatchObject({ state: "failed", attempts: 3, error: { code: "agent_lost" } });
    expect(failed.error?.detail).toContain("host-of-three");
    const open = await registry.ctx.db.alert.findMany({
      where: { kind: "load_failed", resolvedAt: null },
    });
    expect(open).toMatchObject([{ severity: "warning", detail: { load: id, code: "agent_lost" } }]);
    for (const token of tokens) {
      const said = { id, lease: token, ...nothing };
      await expect(recordProgress(registry.ctx, said)).rejects.toMatchObject({
        code: "lease_lost",
        status: 409,
      });
      const end = { id, lease: token, workers: [], state: "succeeded" as const, error: null };
      await expect(finishLoad(registry.ctx, end)).rejects.toMatchObject({ code: "lease_lost" });
    }
  });

  it("says while the load waits again why the last attempt ended", async () => {
    const { id } = await ask();
    await taken("one");
    await endLease(id);
    expect(await lease("two", { scheduler_address: "tcp://a:1" })).not.toBeNull();
    await endLease(id);
    await ask({ scheduler_address: "tcp://b:1" });
    expect((await taken("three", { scheduler_address: "tcp://c:1" })).load.attempts).toBe(2);
  });

  it("does not bring a load back that was to be cancelled", async () => {
    const { id } = await ask();
    await taken("one");
    expect(await cancelLoad(registry.ctx, { id })).toMatchObject({
      state: "running",
      cancel_requested: true,
    });
    await endLease(id);
    expect(await lease("two")).toBeNull();
    expect(await getLoad(registry.ctx, { id })).toMatchObject({ state: "cancelled", error: null });
  });

  it("stays the owner while it speaks in time", async () => {
    const { id } = await ask();
    const { lease: held } = await taken("one");
    await registry.ctx.db.$executeRaw`
      update cluster_load set lease_expires_at = now() + interval '1 second'`;
    const said = { id, lease: held.token, ...nothing };
    const { lease_expires_at } = await recordProgress(registry.ctx, said);
    expect(Date.parse(lease_expires_at)).toBeGreaterThan(Date.now() + 20_000);
    const wrong = { ...said, lease: "x".repeat(43) };
    await expect(recordProgress(registry.ctx, wrong)).rejects.toMatchObject({ code: "lease_lost" });
  });
});

describe("a cancelled load", () => {
  it("ends at once while it waits, and is given to nobody", async () => {
    const { id } = await ask();
    const cancelled = await cancelLoad(registry.ctx, { id });
    expect(cancelled).toMatchObject({ state: "cancelled", cancel_requested: true });
    expect(await lease()).toBeNull();
    await expect(cancelLoad(registry.ctx, { id })).rejects.toMatchObject({
      code: "operation_not_cancellable",
    });
  });

  it("ends by its agent, which hears of it with its next word", async () => {
    const { id } = await ask();
    const { lease: held } = await taken();
    await cancelLoad(registry.ctx, { id });
    await cancelLoad(registry.ctx, { id });
    const said = { id, lease: held.token, ...nothing };
    expect(await recordProgress(registry.ctx, said)).toMatchObject({ cancel_requested: true });
    const end = { id, lease: held.token, workers: [], state: "cancelled" as const, error: null };
    expect(await finishLoad(registry.ctx, end)).toMatchObject({ load: { state: "cancelled" } });
    const actions = (await registry.auditOf("net")).map(({ action }) => action);
    expect(actions.filter((action) => action === "load.cancelled")).toHaveLength(1);
  });
});

describe("who may", () => {
  it("ask for loads: contributors, of the models that they see", async () => {
    for (const action of ["load", "unload"] as const)
      await expectRefusals(registry, { least: "contributor", hidden: "net" }, (ctx, name) =>
        requestLoad(ctx, action, { name, version: "latest" }),
      );
  });

  it("see and cancel loads: as of the model", async () => {
    const { id } = await ask();
    const stranger = registry.ctxFor(CONFINED);
    for (const use of [getLoad, cancelLoad])
      await expect(use(stranger, { id })).rejects.toMatchObject({ code: "load_not_found" });
    expect(await listLoads(stranger, { limit: 10 })).toMatchObject({ items: [], total: 0 });
    const reader = registry.ctxFor(READER);
    expect(await getLoad(reader, { id })).toMatchObject({ id });
    expect((await listLoads(reader, { limit: 10 })).items).toHaveLength(1);
    await expect(cancelLoad(reader, { id })).rejects.toMatchObject({ code: "forbidden" });
    const contributor = registry.ctxFor(userActor("ana"));
    expect(await cancelLoad(contributor, { id })).toMatchObject({ state: "cancelled" });
  });

  it("work as an agent: no user but an administrator, and on no model that it does not see", async () => {
    for (const actor of [userActor("mia", { role: "maintainer" }), CONFINED])
      await expect(lease("one", {}, registry.ctxFor(actor))).rejects.toMatchObject({
        code: "forbidden",
      });
    await registry.register("secret", undefined, { visibility: "private" });
    await ask({}, "secret");
    const scopes = ["models:read", "cluster:agent"] as const;
    const service = userActor("agent", { kind: "service", role: "reader", scopes });
    expect(await lease("one", {}, registry.ctxFor(service))).toBeNull();
    const asked = await ask();
    expect((await lease("one", {}, registry.ctxFor(service)))?.load.id).toBe(asked.id);
  });
});

describe("the list", () => {
  it("has the newest first, by model and state, in pages", async () => {
    await registry.register("other");
    const ids = [];
    for (const name of ["net", "other", "net", "net"]) ids.push((await ask({}, name)).id);
    await cancelLoad(registry.ctx, { id: String(ids[3]) });
    const page = await listLoads(registry.ctx, { model: "NET", limit: 2 });
    expect(page).toMatchObject({ total: 3, items: [{ id: ids[3] }, { id: ids[2] }] });
    const cursor = page.next_cursor ?? "";
    const rest = await listLoads(registry.ctx, { model: "net", limit: 2, cursor });
    expect(rest).toMatchObject({ next_cursor: null, items: [{ id: ids[0] }] });
    const states = ["cancelled", "failed"] as const;
    expect((await listLoads(registry.ctx, { states, limit: 9 })).items).toMatchObject([
      { id: ids[3] },
    ]);
  });

  it("says of a load that nobody is there who could take it", async () => {
    const { id } = await ask({ scheduler_address: SCHEDULER });
    const errorOf = async () => (await getLoad(registry.ctx, { id })).error?.code;
    expect(await errorOf()).toBeUndefined();
    await registry.ctx.db
      .$executeRaw`update operation set created_at = now() - interval '1 minute'`;
    expect(await errorOf()).toBe("no_agent");
    await recordReport(registry.ctx, reportOf([], { address: "tcp://another:1" }));
    expect(await errorOf()).toBe("no_agent");
    await recordReport(registry.ctx, reportOf([]));
    expect(await errorOf()).toBeUndefined();
    await registry.ctx.db.$executeRaw`
      update cluster_report set reported_at = now() - interval '31 seconds'`;
    expect(await errorOf()).toBe("no_agent");
  });
});
