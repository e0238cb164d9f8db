import { beforeAll, expect, it } from "vitest";
import { modelRegistry } from "../../tests/support/model-registry.ts";
import { expectRefusals } from "../../tests/support/refusals.ts";
import { type ListVersionsInput, listVersionNames, listVersions } from "./list-versions.ts";
import { setStage } from "./set-stage.ts";
import { trashModel } from "./trash-model.ts";
import { trashVersion } from "./trash-version.ts";

const registry = modelRegistry();
const list = (asked: Partial<ListVersionsInput> = {}) =>
  listVersions(registry.ctx, { name: "net", limit: 50, ...asked });
const textsOf = ({ items }: Awaited<ReturnType<typeof list>>) =>
  items.map(({ version }) => version);

/** By precedence, the newer one first where build metadata makes the only difference. */
const SORTED = ["10.0.0", "2.0.0", "2.0.0-rc.1", "1.0.0+b", "1.0.0+a"];

beforeAll(async () => {
  for (const version of ["2.0.0", "1.0.0+a", "10.0.0", "2.0.0-rc.1", "1.0.0+b", "3.0.0"])
    await registry.register("Net", { m: "text" }, { version });
  await trashVersion(registry.ctx, { name: "net", ref: "3.0.0" });
  for (const [ref, stage] of [
    ["2.0.0", "staging"],
    ["1.0.0+a", "production"],
  ] as const)
    await setStage(registry.ctx, { name: "net", ref, stage, accept_risk: true, comment: "test" });
});

it("gives the live versions by precedence, of a model in any case", async () => {
  const page = await list({ name: "NET" });
  expect(textsOf(page)).toEqual(SORTED);
  expect(page).toMatchObject({ total: 5, next_cursor: null });
  expect(page.items[0]).toMatchObject({ model: "Net", version: "10.0.0", number: 3 });
});

it.each([1, 2, 4, 5])("gives each version once in pages of %i", async (limit) => {
  const seen: string[] = [];
  let pages = 0;
  for (let cursor: string | undefined; ; pages += 1) {
    const page = await list({ limit, ...(cursor ? { cursor } : {}) });
    expect(page.total).toBe(5);
    seen.push(...textsOf(page));
    if (page.next_cursor === null) break;
    cursor = page.next_cursor;
  }
  expect(seen).toEqual(SORTED);
  // No empty page at the end, also when the last one is full.
  expect(pages + 1).toBe(Math.ceil(5 / limit));
});

it("gives those in any of the stages", async () => {
  expect(textsOf(await list({ stage: ["staging"] }))).toEqual(["2.0.0"]);
  const both = await list({ stage: ["staging", "production"], limit: 1 });
  expect(both).toMatchObject({ total: 2 });
  expect(textsOf(both)).toEqual(["2.0.0"]);
  expect(await list({ stage: ["archived"] })).toEqual({ items: [], total: 0, next_cursor: null });
});

it("refuses a text that is no cursor of this list", async () => {
  await expect(list({ cursor: "x" })).rejects.toMatchObject({ code: "invalid_cursor" });
});

it("gives the names of the highest ones", async () => {
  const names = (limit: number) => listVersionNames(registry.ctx, { name: "NET", limit });
  expect(await names(2)).toEqual(SORTED.slice(0, 2));
  expect(await names(50)).toEqual(SORTED);
});

it("gives none of a model in the trash", async () => {
  await registry.register("gone");
  await trashModel(registry.ctx, { name: "gone" });
  const notFound = { code: "model_not_found" };
  await expect(list({ name: "gone" })).rejects.toMatchObject(notFound);
  const names = listVersionNames(registry.ctx, { name: "gone", limit: 1 });
  await expect(names).rejects.toMatchObject(notFound);
});

it("takes a reader who sees the model", async () => {
  for (const use of [listVersions, listVersionNames])
    await expectRefusals(registry, { least: "reader", hidden: "Net" }, (ctx, name) =>
      use(ctx, { name, limit: 1 }),
    );
});
