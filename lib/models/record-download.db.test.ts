import { beforeEach, expect, it } from "vitest";
import { createLogger } from "#lib/log.ts";
import { modelRegistry } from "../../tests/support/model-registry.ts";
import { getModel } from "./get-model.ts";
import { type CompletedDownload, DownloadRecorder } from "./record-download.ts";

const registry = modelRegistry();
let download: CompletedDownload;
beforeEach(async () => {
  await registry.clear();
  await registry.register("net", { m: "text" });
  const row = await registry.ctx.db.version.findFirstOrThrow();
  const named = { modelId: row.modelId, versionId: row.id, model: "net", version: row.version };
  download = { ...named, bytes: 4, userAgent: "curl/8.5.0", actor: "ana" };
});

const countsOf = () =>
  registry.ctx.db.downloadCount.findMany({
    where: { versionId: download.versionId },
    select: { client: true, count: true, bytes: true },
    orderBy: { client: "asc" },
  });

it("adds up what was downloaded, by client, for the version and its model", async () => {
  const { downloads } = registry.ctx;
  downloads.record(download);
  downloads.record(download);
  downloads.record({ ...download, userAgent: "python-requests/2.32", bytes: 2 });
  await downloads.flush();
  downloads.record(download);
  await downloads.flush();
  expect(await countsOf()).toEqual([
    { client: "curl", count: 3n, bytes: 12n },
    { client: "python", count: 1n, bytes: 2n },
  ]);
  expect(await getModel(registry.ctx, { name: "net" })).toMatchObject({
    downloads: 4,
    latest: { downloads: 4 },
  });
});

it("passes over a version that is gone", async () => {
  registry.ctx.downloads.record({ ...download, modelId: 0n, versionId: 0n });
  registry.ctx.downloads.record(download);
  await registry.ctx.downloads.flush();
  expect(await countsOf()).toMatchObject([{ count: 1n }]);
});

it("keeps what cannot be written until it can", async () => {
  let isAway = true;
  const db = new Proxy(registry.ctx.db, {
    get: (target, key) => {
      if (isAway && key === "$transaction") return () => Promise.reject(new Error("away"));
      return Reflect.get(target, key);
    },
  });
  const recorder = new DownloadRecorder(db, createLogger("silent"));
  recorder.record(download);
  await recorder.flush();
  expect(await countsOf()).toEqual([]);
  isAway = false;
  recorder.record(download);
  await recorder.close();
  expect(await countsOf()).toEqual([{ client: "curl", count: 2n, bytes: 8n }]);
});
