import { describe, expect, it } from "vitest";
import { Prisma } from "#lib/db/generated/client.ts";
import { type Actor, anonymous, type Level, SYSTEM } from "./actor.ts";
import { visibleModels } from "./visible-models.ts";

const actor = (more: Partial<Actor> = {}): Actor => ({ ...SYSTEM, role: "reader", ...more });
const grants = (...names: string[]) => new Map(names.map((name) => [name, "read" as Level]));
const text = ({ text: sql, values }: Prisma.Sql) => [sql, ...values];

describe("what an actor sees", () => {
  it("is everything for an administrator whose token names no models", () => {
    for (const all of [SYSTEM, anonymous(false), actor({ role: "administrator" })]) {
      const seen = visibleModels(all);
      expect([seen.key, seen.isAll, seen.kind, seen.where]).toEqual(["all", true, "all", {}]);
      expect([
        text(seen.sql()),
        text(seen.sql("model")),
        text(seen.sqlOfName(Prisma.sql`x`)),
      ]).toEqual([["true"], ["true"], ["true"]]);
      expect([seen.has({ name: "x", visibility: "private" }), seen.admits("x")]).toEqual([
        true,
        true,
      ]);
    }
  });

  it("is what is public for the others", () => {
    const seen = visibleModels(actor());
    expect([seen.isAll, seen.kind]).toEqual([false, "public"]);
    expect(text(seen.sql())).toEqual(["(visibility = 'public')"]);
    expect(text(seen.sql("m"))).toEqual(["(m.visibility = 'public')"]);
    expect(seen.where).toEqual({
      AND: [{ OR: [{ visibility: "public" }, { nameKey: { in: [] } }] }],
    });
    expect(seen.has({ name: "x", visibility: "public" })).toBe(true);
    expect(seen.has({ name: "x", visibility: "private" })).toBe(false);
    expect(seen.admits("anything")).toBe(true);
  });

  it("is what is public, and what is granted", () => {
    const seen = visibleModels(actor({ grants: grants("b", "a") }));
    expect([seen.isAll, seen.kind]).toEqual([false, "granted"]);
    expect(text(seen.sql("model"))).toEqual([
      "((model.visibility = 'public' or model.name_key = any($1)))",
      ["a", "b"],
    ]);
    expect(seen.where).toEqual({
      AND: [{ OR: [{ visibility: "public" }, { nameKey: { in: ["a", "b"] } }] }],
    });
    expect(seen.has({ name: "A", visibility: "private" })).toBe(true);
    expect(seen.has({ name: "c", visibility: "private" })).toBe(false);
    expect(seen.has({ name: "c", visibility: "public" })).toBe(true);
  });

  it("is what a token names, within all that", () => {
    const models = ["Mine-*", "Shared"];
    const admin = visibleModels(actor({ role: "administrator", models }));
    expect([admin.isAll, admin.kind]).toEqual([false, "confined"]);
    expect(text(admin.sql())).toEqual([
      "((name_key = any($1) or name_key ^@ any($2)))",
      ["shared"],
      ["mine-"],
    ]);
    expect(admin.where).toEqual({
      AND: [{ OR: [{ nameKey: { in: ["shared"] } }, { nameKey: { startsWith: "mine-" } }] }],
    });
    expect(admin.has({ name: "mine-1", visibility: "private" })).toBe(true);
    expect(admin.has({ name: "other", visibility: "public" })).toBe(false);
    const reader = visibleModels(actor({ models, grants: grants("mine-1", "other") }));
    expect(reader.kind).toBe("confined");
    expect(text(reader.sql("m"))).toEqual([
      "((m.name_key = any($1) or m.name_key ^@ any($2)) and (m.visibility = 'public' or m.name_key = any($3)))",
      ["shared"],
      ["mine-"],
      ["mine-1", "other"],
    ]);
    expect(reader.has({ name: "mine-1", visibility: "private" })).toBe(true);
    expect(reader.has({ name: "mine-2", visibility: "private" })).toBe(false);
    expect(reader.has({ name: "other", visibility: "private" })).toBe(false);
    expect(reader.where).toEqual({
      AND: [
        { OR: [{ nameKey: { in: ["shared"] } }, { nameKey: { startsWith: "mine-" } }] },
        { OR: [{ visibility: "public" }, { nameKey: { in: ["mine-1", "other"] } }] },
      ],
    });
    expect([reader.admits("SHARED"), reader.admits("mine"), reader.admits("MINE-")]).toEqual([
      true,
      false,
      true,
    ]);
  });

  it("is asked by a name alone where the model may be gone", () => {
    const name = Prisma.sql`model_name`;
    expect(text(visibleModels(actor({ grants: grants("a") })).sqlOfName(name))).toEqual([
      "((model_name is null or not exists (select 1 from private_name where name_key = lower(model_name)) or lower(model_name) = any($1)))",
      ["a"],
    ]);
    expect(
      text(visibleModels(actor({ role: "administrator", models: ["x"] })).sqlOfName(name)),
    ).toEqual([
      "((model_name is not null and (lower(model_name) = any($1) or lower(model_name) ^@ any($2))))",
      ["x"],
      [],
    ]);
  });

  it("has a key that is the same for those who see the same, and for no others", () => {
    const keyOf = (more: Partial<Actor>) => visibleModels(actor(more)).key;
    expect(keyOf({ grants: grants("a", "b") })).toBe(keyOf({ grants: grants("b", "a") }));
    expect(keyOf({ id: "x" })).toBe(keyOf({ id: "y", role: "maintainer" }));
    const different = [
      {},
      { role: "administrator" as const },
      { role: "administrator" as const, models: ["a"] },
      { role: "administrator" as const, models: ["a*"] },
      { models: ["a"] },
      { grants: grants("a") },
      { grants: grants("a"), models: ["a"] },
    ].map(keyOf);
    expect(new Set(different).size).toBe(different.length);
  });
});
