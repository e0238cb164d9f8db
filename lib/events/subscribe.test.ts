import { expect, test } from "vitest";
import { QUEUE_MAX, Subscription } from "./subscribe.ts";

const open = () =>
  new Subscription<string>(
    () => "missed",
    () => undefined,
  );

test("events come in order, also those pushed before anybody read", async () => {
  const subscription = open();
  subscription.push("a");
  subscription.push("b");
  expect(await subscription.next(1000)).toEqual({ kind: "event", event: "a" });
  expect(await subscription.next(1000)).toEqual({ kind: "event", event: "b" });
});

test("a waiting reader is woken by a push, and told idle when none comes", async () => {
  const subscription = open();
  const waiting = subscription.next(5_000);
  subscription.push("a");
  expect(await waiting).toEqual({ kind: "event", event: "a" });
  expect(await subscription.next(5)).toEqual({ kind: "idle" });
});

test("a reader that falls behind is told so once and its queue stays bounded", async () => {
  const subscription = open();
  for (let index = 0; index <= QUEUE_MAX; index += 1) subscription.push(String(index));
  subscription.push("after");
  expect(await subscription.next(5)).toEqual({ kind: "event", event: "missed" });
  expect(await subscription.next(5)).toEqual({ kind: "event", event: "after" });
  expect(await subscription.next(5)).toEqual({ kind: "idle" });
});

test("closing wakes the reader and tells the owner once", async () => {
  let closed = 0;
  const subscription = new Subscription<string>(
    () => "missed",
    () => {
      closed += 1;
    },
  );
  const waiting = subscription.next(5_000);
  subscription.close();
  subscription.close();
  subscription.push("late");
  expect(await waiting).toEqual({ kind: "closed" });
  expect(await subscription.next(5)).toEqual({ kind: "closed" });
  expect(closed).toBe(1);
});
