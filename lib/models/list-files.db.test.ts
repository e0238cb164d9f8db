import { beforeAll, expect, it } from "vitest";
import { modelRegistry } from "../../tests/support/model-registry.ts";
import { expectRefusals } from "../../tests/support/refusals.ts";
import { UNKNOWN } from "../../tests/support/verdict-files.ts";
import { listFiles } from "./list-files.ts";
import { trashModel } from "./trash-model.ts";

const registry = modelRegistry();
const list = (page: number, limit = 2, ref = "latest") =>
  listFiles(registry.ctx, { name: "net", ref, page, limit });

beforeAll(() =>
  registry.register("Net", { "e.txt": "5", "a.txt": "1", "d.dat": UNKNOWN, "b.txt": "2", c: "3" }),
);

it("gives a version's files by their paths", async () => {
  const { items, ...page } = await listFiles(registry.ctx, {
    name: "NET",
    ref: "1.0.0",
    page: 1,
    limit: 10,
  });
  expect(page).toEqual({ total: 5, page: 1, first: 0 });
  expect(items.map(({ path }) => path)).toEqual(["a.txt", "b.txt", "c", "d.dat", "e.txt"]);
  expect(items[3]).toMatchObject({ size_bytes: 500, verdict: "suspicious", format: "unknown" });
  expect(items[0]?.digest).toMatch(/^sha256:[0-9a-f]{64}$/);
});

it("gives a page, and the last one behind it", async () => {
  expect(await list(2)).toMatchObject({ items: [{ path: "c" }, { path: "d.dat" }], first: 2 });
  for (const page of [3, 4, 1000])
    expect(await list(page)).toMatchObject({ items: [{ path: "e.txt" }], page: 3, first: 4 });
  expect(await list(2, 5)).toMatchObject({ page: 1, first: 0 });
});

it("refuses what is not there", async () => {
  await expect(list(1, 1, "9.9.9")).rejects.toMatchObject({ code: "version_not_found" });
  await expect(list(1, 1, "@none")).rejects.toMatchObject({ code: "alias_not_found" });
  await registry.register("gone");
  await trashModel(registry.ctx, { name: "gone" });
  await expect(
    listFiles(registry.ctx, { name: "gone", ref: "latest", page: 1, limit: 1 }),
  ).rejects.toMatchObject({ code: "model_not_found" });
});

it("takes a reader who sees the model", async () => {
  await expectRefusals(registry, { least: "reader", hidden: "Net" }, (ctx, name) =>
    listFiles(ctx, { name, ref: "latest", page: 1, limit: 1 }),
  );
});
