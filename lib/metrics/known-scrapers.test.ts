import { expect, it } from "vitest";
import { KnownScrapers } from "./known-scrapers.ts";

const headers = (token: string) => new Headers({ Authorization: `Bearer ${token}` });
const at = (hours: number) => new Date(hours * 3_600_000);

it("A token is known for a day after it was let in, and to nobody who presents another one, or none", () => {
  const known = new KnownScrapers();
  known.remember(headers("a"), at(0));
  known.remember(new Headers(), at(0));
  expect(known.has(headers("a"), at(23))).toBe(true);
  expect(known.has(headers("a"), at(25))).toBe(false);
  for (const other of [headers("b"), headers("A"), new Headers({ Cookie: "a" }), new Headers()])
    expect(known.has(other, at(1))).toBe(false);
});

it("A token that was refused is not known any more", () => {
  const known = new KnownScrapers();
  known.remember(headers("a"), at(0));
  known.forget(headers("a"));
  expect(known.has(headers("a"), at(0))).toBe(false);
});

it("However many tokens come, only the last hundred are kept", () => {
  const known = new KnownScrapers();
  for (let count = 0; count < 150; count += 1) known.remember(headers(`t${count}`), at(0));
  const kept = Array.from({ length: 150 }, (_, count) => known.has(headers(`t${count}`), at(0)));
  expect(kept.filter(Boolean)).toHaveLength(100);
  expect(kept[149]).toBe(true);
});
