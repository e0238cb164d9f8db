import { describe, expect, it } from "vitest";
import {
  type Actor,
  anonymous,
  LEVELS,
  type Level,
  ROLES,
  type Role,
  SCOPES,
  type Scope,
  SYSTEM,
} from "./actor.ts";
import {
  assertMay,
  assertMayName,
  assertMayOn,
  assertMayRegister,
  type ModelPermission,
  may,
  mayOn,
  PERMISSIONS,
  type Permission,
} from "./policy.ts";

const all = Object.keys(PERMISSIONS) as Permission[];
const user = (more: Partial<Actor> = {}): Actor => ({
  id: "user-1",
  kind: "user",
  name: "somebody",
  role: "reader",
  scopes: null,
  models: null,
  grants: new Map(),
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
    expect(sets[0]).toEqual([
      "model.read",
      "cluster.read",
      "event.read",
      "statistics.read",
      "self.read",
      "self.manage",
    ]);
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
    expect(allowed(user({ role: "administrator", scopes: [] }))).toEqual(["self.read"]);
  });
});

describe("a service account whose token has the scope of the cluster agent", () => {
  const service = (scopes: readonly Scope[] | null, more: Partial<Actor> = {}) =>
    user({ kind: "service", scopes, ...more });

  it("is one, whatever its role, and may nothing else by it", () => {
    expect(allowed(service(["cluster:agent"]))).toEqual(["cluster.agent", "self.read"]);
    expect(outcome(service(["models:read", "cluster:agent"]), "model.write")).toBe("forbidden");
  });

  it("is none by a scope that contains all others, which it may have given itself", () => {
    for (const scopes of [null, ["admin"], ["models:read"]] as const)
      expect(outcome(service(scopes), "cluster.agent")).toBe("forbidden");
  });

  it("is no user with such a token", () => {
    const scopes = ["cluster:agent"] as const;
    for (const role of ROLES.filter((name) => name !== "administrator"))
      expect(outcome(user({ role, scopes }), "cluster.agent")).toBe("forbidden");
    expect(outcome(service(scopes, { role: null }), "cluster.agent")).toBe("unauthenticated");
  });
});

/** The table once more, as it was meant: a change of either is a change of who may do what. */
const MEANT: [Permission, Role, Level | null, Scope | null][] = [
  ["model.read", "reader", "read", "models:read"],
  ["version.register", "contributor", "write", "models:write"],
  ["model.write", "contributor", "write", "models:write"],
  ["version.promote", "contributor", "write", "models:write"],
  ["model.delete", "maintainer", "owner", "models:write"],
  ["move.decide", "maintainer", "owner", "models:write"],
  ["protection.manage", "maintainer", null, "admin"],
  ["model.share", "administrator", "owner", "admin"],
  ["load.write", "contributor", "write", "loads:write"],
  ["cluster.read", "reader", null, "models:read"],
  ["cluster.agent", "administrator", null, "cluster:agent"],
  ["event.read", "reader", null, "models:read"],
  ["statistics.read", "reader", null, "models:read"],
  ["self.read", "reader", null, null],
  ["self.manage", "reader", null, "admin"],
  ["audit.read", "maintainer", null, "admin"],
  ["alert.read", "maintainer", null, "admin"],
  ["alert.manage", "maintainer", null, "admin"],
  ["contact.manage", "administrator", null, "admin"],
  ["webhook.manage", "administrator", "owner", "admin"],
  ["metrics.read", "maintainer", null, "models:read"],
  ["monitoring.read", "maintainer", null, "admin"],
  ["storage.read", "maintainer", null, "admin"],
  ["operation.read", "maintainer", null, "admin"],
  ["operation.manage", "administrator", null, "admin"],
  ["backup.read", "maintainer", null, "admin"],
  ["backup.manage", "administrator", null, "admin"],
  ["integration.manage", "administrator", null, "admin"],
  ["storage.maintain", "administrator", null, "admin"],
  ["account.manage", "administrator", null, "admin"],
];

describe("each row of the table", () => {
  it("is one of those that were meant", () => {
    expect(MEANT.map(([name]) => name)).toEqual(all);
  });

  it.each(MEANT)(
    "%s takes the role %s, or the grant %s; and the scope %s",
    (name, role, level, scope) => {
      for (const given of ROLES) {
        const isEnough = ROLES.indexOf(given) >= ROLES.indexOf(role);
        expect([given, outcome(user({ role: given }), name)]).toEqual([
          given,
          isEnough ? "may" : "forbidden",
        ]);
      }
      for (const given of SCOPES) {
        const isEnough = scope === null || given === scope || given === "admin";
        const actor = user({ role: "administrator", scopes: [given] });
        expect([given, outcome(actor, name)]).toEqual([given, isEnough ? "may" : "forbidden"]);
      }
      for (const given of LEVELS) {
        const isEnough = level !== null && LEVELS.indexOf(given) >= LEVELS.indexOf(level);
        const actor = user({ role: "reader", grants: new Map([["net", given]]) });
        const byRole = role === "reader";
        expect([given, outcome(actor, name)]).toEqual([
          given,
          isEnough || byRole ? "may" : "forbidden",
        ]);
        if (PERMISSIONS[name].resource !== "model") continue;
        const on = (model: string) => onModel(actor, name as ModelPermission, model);
        expect(on("Net")).toBe(isEnough ? "may" : byRole ? "may" : "forbidden");
        expect(on("other")).toBe(byRole ? "may" : "forbidden");
      }
    },
  );

  it("says in its refusal what would do", () => {
    const say = (actor: Actor, name: Permission) => {
      try {
        assertMay({ actor }, name);
        return "";
      } catch (error) {
        return (error as { detail: string }).detail;
      }
    };
    expect(say(anonymous(true), "model.read")).toBe("Sign in to do this (model.read).");
    expect(say(user(), "audit.read")).toBe("This takes the role maintainer (audit.read).");
    expect(say(user({ scopes: [] }), "model.read")).toBe(
      "This takes a token with the scope models:read.",
    );
    const writer = user({ grants: new Map([["net", "write"]]) });
    expect(() =>
      assertMayOn(
        { actor: writer },
        "model.write",
        { name: "Other", visibility: "public" },
        "other",
      ),
    ).toThrow("This takes the role contributor, or the grant write on Other (model.write).");
  });
});

function onModel(actor: Actor, permission: ModelPermission, name: string, visibility = "public") {
  try {
    assertMayOn({ actor }, permission, { name, visibility }, name);
    return "may";
  } catch (error) {
    return (error as { code: string }).code;
  }
}

describe("a private model", () => {
  const granted = user({ role: "maintainer", grants: new Map([["net", "read"]]) });

  it("is seen by administrators and by a grant alone, in any spelling", () => {
    expect(onModel(user({ role: "administrator" }), "model.read", "Net", "private")).toBe("may");
    expect(onModel(granted, "model.read", "NET", "private")).toBe("may");
    // Whoever sees it may with it what the role says.
    expect(onModel(granted, "model.delete", "NET", "private")).toBe("may");
    expect(onModel(granted, "model.read", "net-2", "private")).toBe("model_not_found");
    expect(onModel(user({ role: "maintainer" }), "model.delete", "Net", "private")).toBe(
      "model_not_found",
    );
  });

  it("is hidden from a token for other models, whatever the grant", () => {
    const narrow = user({
      role: "administrator",
      models: ["other"],
      grants: new Map([["net", "owner"]]),
    });
    expect(onModel(narrow, "model.read", "net", "private")).toBe("model_not_found");
    expect(onModel(narrow, "model.read", "Other", "private")).toBe("may");
  });

  it("gives its name to nobody else's registration", () => {
    const register = (actor: Actor, model: { name: string; visibility: string } | null) => {
      try {
        assertMayRegister({ actor }, model, "net");
        return "may";
      } catch (error) {
        return (error as { code: string }).code;
      }
    };
    const [open, hidden] = ["public", "private"].map((visibility) => ({ name: "net", visibility }));
    const contributor = user({ role: "contributor" });
    expect(register(contributor, null)).toBe("may");
    expect(register(contributor, open ?? null)).toBe("may");
    expect(register(contributor, hidden ?? null)).toBe("forbidden");
    expect(register(user(), null)).toBe("forbidden");
    const writer = user({ grants: new Map([["net", "write"]]) });
    expect(register(writer, hidden ?? null)).toBe("may");
    expect(register(writer, null)).toBe("forbidden");
    expect(register(user({ grants: new Map([["net", "read"]]) }), hidden ?? null)).toBe(
      "forbidden",
    );
    expect(register(user({ grants: new Map([["other", "owner"]]) }), open ?? null)).toBe(
      "forbidden",
    );
  });

  it("is offered by a page to whoever may", () => {
    const model = { name: "net", visibility: "private" };
    expect(mayOn({ actor: granted }, "model.read", model)).toBe(true);
    expect(mayOn({ actor: user() }, "model.read", model)).toBe(false);
    expect([may({ actor: user() }, "model.read"), may({ actor: user() }, "audit.read")]).toEqual([
      true,
      false,
    ]);
  });
});

describe("a token that is confined to models", () => {
  const confined = { actor: user({ role: "administrator", models: ["mine-*"] }) };

  it.each([
    ...(["self.manage", "account.manage", "storage.read"] as const),
    ...(["storage.maintain", "operation.manage", "backup.read", "backup.manage"] as const),
    "cluster.agent" as const,
  ])("does nothing that concerns the whole registry: %s", (permission) => {
    expect(() => assertMay(confined, permission)).toThrow("not confined to some models");
    expect(may({ actor: user({ role: "administrator" }) }, permission)).toBe(true);
  });

  it("reads what is shown of its models only", () => {
    for (const permission of ["model.read", "event.read", "statistics.read", "self.read"] as const)
      expect(may(confined, permission)).toBe(true);
  });
});

describe("a model that an actor may not see", () => {
  const confined = user({ role: "administrator", models: ["mine-*", "Shared"] });
  const refusalOf = (named: { name: string } | null, asked: string) => {
    const model = named && { ...named, visibility: "public" };
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
