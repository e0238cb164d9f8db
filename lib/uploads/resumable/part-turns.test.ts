import { describe, expect, it } from "vitest";
import { PartTurns } from "./part-turns.ts";

describe("PartTurns", () => {
  it("lets different parts go on at once", async () => {
    const turns = new PartTurns();
    const [first, second] = await Promise.all([turns.take("a/0"), turns.take("a/1")]);
    expect([first.signal.aborted, second.signal.aborted]).toEqual([false, false]);
  });

  it("asks the older attempt to end, and waits until it has", async () => {
    const turns = new PartTurns();
    const older = await turns.take("a/0");
    let isTaken = false;
    const newer = turns.take("a/0").then((turn) => {
      isTaken = true;
      return turn;
    });
    await Promise.resolve();
    expect(older.signal.reason).toMatchObject({ code: "upload_conflict" });
    expect(isTaken).toBe(false);
    older.end();
    expect((await newer).signal.aborted).toBe(false);
  });

  it("gives the turn to one at a time, and last to the newest, however many come", async () => {
    const turns = new PartTurns();
    let active = 0;
    const ends = await Promise.all(
      Array.from({ length: 50 }, async () => {
        const turn = await turns.take("a/0");
        active += 1;
        expect(active).toBe(1);
        await new Promise((resolve) => setImmediate(resolve));
        active -= 1;
        turn.end();
        return turn.signal.aborted;
      }),
    );
    expect(ends.at(-1)).toBe(false);
    expect(turns.size).toBe(0);
  });

  it("is not disturbed by an attempt that ends twice", async () => {
    const turns = new PartTurns();
    const first = await turns.take("a/0");
    first.end();
    const second = await turns.take("a/0");
    first.end();
    expect(turns.size).toBe(1);
    second.end();
    expect(turns.size).toBe(0);
  });
});
