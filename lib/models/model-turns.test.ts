import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import { ModelTurns } from "./model-turns.ts";

it("lets changes of one model happen one after the other, in order, whatever becomes of them", async () => {
  const turns = new ModelTurns();
  const seen: string[] = [];
  const change = (name: string) => async () => {
    seen.push(`${name} begins`);
    await sleep(2);
    seen.push(`${name} ends`);
    if (name === "b") throw new Error("b fails");
    return name;
  };
  const results = await Promise.allSettled(
    ["a", "b", "c"].map((name) => turns.run("model", change(name))),
  );
  expect(seen).toEqual(["a begins", "a ends", "b begins", "b ends", "c begins", "c ends"]);
  expect(results.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
  expect(await turns.run("model", change("d"))).toBe("d");
});

it("does not let a model wait for another one", async () => {
  const turns = new ModelTurns();
  let release = () => {};
  const slow = turns.run("slow", () => new Promise<void>((resolve) => (release = resolve)));
  expect(await turns.run("other", async () => "done")).toBe("done");
  release();
  await slow;
});

it("refuses what waited for too long, and goes on with the rest", async () => {
  const turns = new ModelTurns(20);
  let release = () => {};
  const slow = turns.run("model", () => new Promise<void>((resolve) => (release = resolve)));
  await expect(turns.run("model", async () => "never")).rejects.toMatchObject({
    code: "unavailable",
    detail: expect.stringContaining("Many changes of this model are waiting"),
  });
  const last = turns.run("model", async () => "last");
  release();
  await slow;
  expect(await last).toBe("last");
});
