/** Clusters as their agents report them. */
import { beforeEach, describe, expect, it } from "vitest";
import { CONFINED, READER } from "../../tests/support/actors.ts";
import { reportOf, SCHEDULER, workerNamed } from "../../tests/support/agent.ts";
import { modelRegistry } from "../../tests/support/model-registry.ts";
import { reportBody } from "./agent-schema.ts";
import { countActiveModels, listClusters } from "./list-clusters.ts";
import { listWorkers } from "./list-workers.ts";
import { recordReport } from "./record-report.ts";

const registry = modelRegistry();
const digest = `sha256:${"a".repeat(64)}`;
const held = (model: string, state = "ready", version = "1.0.0") => ({
  model,
  version,
  digest,
  mode: "memory",
  bytes: 100,
  state,
});

beforeEach(() => registry.ctx.db.clusterReport.deleteMany());

describe("a report", () => {
  it("is shown as the cluster is, and the next one takes its place", async () => {
    const workers = [
      workerNamed("b", { models: [held("net"), held("half", "downloading")] }),
      workerNamed("a", { models: [held("net")], cpu_percent: 150, status: "paused" }),
    ];
    await recordReport(registry.ctx, reportOf(workers, { address: "127.0.0.1:8786/" }));
    const { items } = await listClusters(registry.ctx);
    expect(items).toMatchObject([
      {
        address: SCHEDULER,
        state: "connected",
        scheduler: { address: SCHEDULER, dashboard_url: "http://127.0.0.1:8787/status" },
        summary: {
          workers: 2,
          unavailable_workers: 1,
          hosts: 1,
          threads: 4,
          memory_bytes: 800_000,
          memory_limit_bytes: 2_000_000,
          cpu_percent: 100,
        },
        models: [{ model: "net", version: "1.0.0", workers: 2, bytes: 100 }],
      },
    ]);
    expect(await countActiveModels(registry.ctx)).toBe(1);
    const [unlimited] = [workerNamed("c", { memory_limit_bytes: null })];
    await recordReport(registry.ctx, reportOf([unlimited], { status: "lost", error: "gone" }));
    expect((await listClusters(registry.ctx)).items).toMatchObject([
      { state: "scheduler_lost", summary: { workers: 1, memory_limit_bytes: null }, models: [] },
    ]);
  });

  it("that is old is told as lost, and is forgotten after a week", async () => {
    await recordReport(registry.ctx, reportOf([workerNamed("a", { models: [held("net")] })]));
    const age = (interval: string) =>
      registry.ctx.db
        .$executeRaw`update cluster_report set reported_at = now() - ${interval}::interval`;
    await age("31 seconds");
    expect((await listClusters(registry.ctx)).items).toMatchObject([{ state: "agent_lost" }]);
    expect(await countActiveModels(registry.ctx)).toBe(0);
    await age("8 days");
    await recordReport(registry.ctx, reportOf([], { address: "tcp://other:1" }));
    const { items } = await listClusters(registry.ctx);
    expect(items.map(({ address }) => address)).toEqual(["tcp://other:1"]);
  });

  it("tells nobody of models that he may not see", async () => {
    await registry.register("mine-1");
    const models = [held("mine-1"), held("theirs")];
    await recordReport(registry.ctx, reportOf([workerNamed("a", { models })]));
    const confined = registry.ctxFor(CONFINED);
    const names = (items: { models: { model: string }[] }[]) =>
      items.flatMap((item) => item.models.map(({ model }) => model));
    expect(names((await listClusters(confined)).items)).toEqual(["mine-1"]);
    expect(names((await listWorkers(confined, { limit: 9 })).items)).toEqual(["mine-1"]);
    const asked = { limit: 9, model: "theirs" };
    expect(await listWorkers(confined, asked)).toMatchObject({ items: [], total: 0 });
    expect((await listWorkers(registry.ctx, asked)).total).toBe(1);
    await expect(recordReport(registry.ctxFor(READER), reportOf([]))).rejects.toMatchObject({
      code: "forbidden",
    });
  });
});

describe("the workers of a large cluster", () => {
  it("come in pages by host and name, are found by a part of their names, and by what they hold", async () => {
    const workers = Array.from({ length: 10_000 }, (_, index) => {
      const host = `10.0.${index % 100}.1`;
      const models = index === 4321 ? [held("net"), held("big", "downloading")] : [];
      return workerNamed(`w_${index}`, { address: `tcp://${host}:${index}`, host, models });
    });
    await recordReport(registry.ctx, reportOf(workers));
    const seen: string[] = [];
    let cursor: string | undefined;
    for (let page = 0; page < 3; page += 1) {
      const list = await listWorkers(registry.ctx, { limit: 200, cursor });
      expect(list.total).toBe(10_000);
      seen.push(...list.items.map(({ host, name }) => `${host} ${name}`));
      cursor = list.next_cursor ?? undefined;
    }
    expect(seen).toHaveLength(600);
    const { compare } = new Intl.Collator("en", { numeric: true });
    expect(seen).toEqual([...new Set(seen)].sort(compare));
    // A cluster that has changed meanwhile: the list goes on behind the worker that was shown last.
    await recordReport(registry.ctx, reportOf(workers.slice(100)));
    const [first] = (await listWorkers(registry.ctx, { limit: 1, cursor })).items;
    expect(compare(`${first?.host} ${first?.name}`, seen.at(-1) ?? "")).toBe(1);
    await recordReport(registry.ctx, reportOf(workers));
    const find = async (query: object) =>
      (await listWorkers(registry.ctx, { limit: 9, ...query })).total;
    expect(await find({ query: "W_123" })).toBe(11);
    expect(await find({ query: "w%1" })).toBe(0);
    expect(await find({ model: "Net" })).toBe(1);
    expect(await find({ model: "net", version: "2.0.0" })).toBe(0);
    expect(await find({ model: "big" })).toBe(0);
    expect(await find({ scheduler_address: "tcp://elsewhere:1" })).toBe(0);
  });
});

describe("what an agent may not say", () => {
  const refused = (change: (report: ReturnType<typeof reportOf>) => unknown) => {
    const report = reportOf([workerNamed("a", { models: [held("net")] })]);
    change(report);
    return reportBody.safeParse(report).success === false;
  };
  const [worker] = [workerNamed("a")];

  it.each<[string, (report: ReturnType<typeof reportOf>) => unknown]>([
    ["a dashboard that is a script", (r) => (r.scheduler.dashboard_url = "javascript:alert(1)")],
    ["a scheduler with a password", (r) => (r.scheduler.address = "tcp://u:p@host:1")],
    ["a model's name that is a path", (r) => r.workers[0]?.models.push(held("../x"))],
    ["a text without end", (r) => (r.agent.host = "x".repeat(501))],
    ["negative memory", (r) => ((r.workers[0] ?? worker).memory_bytes = -1)],
    ["more workers than there are", (r) => (r.workers = new Array(10_001).fill(worker))],
    [
      "more models than a worker has",
      (r) => ((r.workers[0] ?? worker).models = new Array(1_001).fill(held("net"))),
    ],
  ])("%s", (_what, change) => expect(refused(change)).toBe(true));

  it("and fields of a newer agent are left out", () => {
    const parsed = reportBody.parse({ ...reportOf([]), colour: "blue" });
    expect(parsed).not.toHaveProperty("colour");
  });
});
