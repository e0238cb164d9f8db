import { describe, expect, it } from "vitest";
import { type Actor, anonymous, ROLES, SCOPES, SYSTEM } from "./actor.ts";
import { assertMay, assertMayName, assertMayOn, PERMISSIONS, type Permission } from "./policy.ts";

const all = Object.keys(PERMISSIONS) as Permission[];
const user = (more: Partial<Actor> = {}): Actor => ({
  id: "user-1",
  kind: "user",
  name: "somebody",
  role: "reader",
  scopes: null,
  models: null,
  ...more,
});
const outcome = (actor: Actor, permission: Permission) => {
  try {
    assertMay({ actor }, permission);
    return "may";
  } catch (error) {
    return (error as { code: string }).code;
  }
};
const allowed = (actor: Actor) => all.filter((permission) => outcome(actor, permission) === "may");

describe("the permissions table", () => {
  it("lets everybody do everything while accounts are off, and nothing otherwise", () => {
    expect(allowed(anonymous(false))).toEqual(all);
    for (const permission of all)
      expect(outcome(anonymous(true), permission)).toBe("unauthenticated");
    expect(allowed(SYSTEM)).toEqual(all);
  });

  it("gives each role what those before it have, and something more", () => {
    const sets = ROLES.map((role) => allowed(user({ role })));
    for (const [index, set] of sets.entries()) {
      expect(set).toEqual(expect.arrayContaining(sets[index - 1] ?? []));
      expect(set.length).toBeGreaterThan(sets[index - 1]?.length ?? 0);
    }
    expect(sets.at(-1)).toEqual(all);
    expect(sets[0]).toEqual(["model.read", "event.read", "statistics.read"]);
  });

  it("narrows a role by the scopes of a token, and never widens it", () => {
    for (const scope of SCOPES) {
      const reader = allowed(user({ scopes: [scope] }));
      expect(allowed(user())).toEqual(expect.arrayContaining(reader));
    }
    expect(outcome(user({ role: "administrator", scopes: ["models:read"] }), "model.write")).toBe(
      "forbidden",
    );
    expect(allowed(user({ role: "administrator", scopes: ["admin"] }))).toEqual(all);
    expect(allowed(user({ role: "administrator", scopes: [] }))).toEqual([]);
  });
});

describe("a model that an actor may not see", () => {
  const confined = user({ role: "administrator", models: ["mine-*", "Shared"] });
  const refusalOf = (model: { name: string } | null, asked: string) => {
    try {
      assertMayOn({ actor: confined }, "model.delete", model, asked);
      return null;
    } catch (error) {
      const { code, detail, problems } = error as { code: string; detail: string; problems: [] };
      return { code, detail, problems };
    }
  };

  it("is refused by the words that one is refused by which does not exist", () => {
    const hidden = refusalOf({ name: "Theirs" }, "THEIRS");
    expect(hidden).toEqual(refusalOf(null, "THEIRS"));
    expect(hidden).toMatchObject({ code: "model_not_found" });
  });

  it("is none of those that it is confined to, in any spelling", () => {
    for (const name of ["mine-1", "MINE-2", "shared", "mine-"])
      expect(refusalOf({ name }, name)).toBeNull();
    for (const name of ["mine", "shared-2", "xmine-1"])
      expect(refusalOf({ name }, name)).toMatchObject({ code: "model_not_found" });
  });

  it("gives its name to no new model", () => {
    expect(() => assertMayName({ actor: confined }, "version.register", "mine-3")).not.toThrow();
    expect(() => assertMayName({ actor: confined }, "version.register", "theirs")).toThrow(
      "forbidden",
    );
  });
});
