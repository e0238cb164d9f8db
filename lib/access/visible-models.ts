/** Which models an actor may see. Lists, counts, caches and event streams all ask here, so that none of them tells more. */
import { Prisma } from "#lib/db/generated/client.ts";
import { likeLiteral } from "#lib/db/like-literal.ts";
import type { Actor } from "./actor.ts";

/** What of a model decides who sees it. */
export type SeenModel = { name: string; visibility: string };

export type VisibleModels = {
  /** Equal for actors who see the same models; a part of the key of everything that is remembered for them. */
  key: string;
  /** No model is left out. */
  isAll: boolean;
  /**
   * Of `public` the condition is always the same, of `granted` but for one list of names. Who is `confined` has a token
   * for some models, and learns of nothing but these.
   */
  kind: "all" | "public" | "granted" | "confined";
  has: (model: SeenModel) => boolean;
  /** Whether the actor could see a model of this name, in any spelling, if it is not private. */
  admits: (name: string) => boolean;
  /** A condition on rows of `model`; `alias` where the statement calls that table by another name, or joins it. */
  sql: (alias?: "model" | "m") => Prisma.Sql;
  /** The same as a filter of Prisma's on `model`. */
  where: Prisma.ModelWhereInput;
  /**
   * A condition on a column that has a model's name in any spelling, where the model itself may be gone; null stands
   * for what is about no model.
   */
  sqlOfName: (name: Prisma.Sql) => Prisma.Sql;
};

const ALL: VisibleModels = {
  key: "all",
  isAll: true,
  kind: "all",
  has: () => true,
  admits: () => true,
  sql: () => Prisma.sql`true`,
  where: {},
  sqlOfName: () => Prisma.sql`true`,
};

/** An actor stays the same object while nothing about it changes. */
const known = new WeakMap<Actor, VisibleModels>();

export function visibleModels(actor: Actor): VisibleModels {
  if (actor.models === null && actor.role === "administrator") return ALL;
  const found = known.get(actor) ?? limited(actor);
  known.set(actor, found);
  return found;
}

function limited({ models, role, grants }: Actor): VisibleModels {
  const confined = models === null ? null : new Patterns(models);
  const granted = role === "administrator" ? null : [...grants.keys()].sort();
  const admits = (name: string) => confined?.includes(name) ?? true;
  const isPublic = granted?.length === 0;
  return {
    key: JSON.stringify([confined, granted]),
    isAll: false,
    kind: confined !== null ? "confined" : isPublic ? "public" : "granted",
    admits,
    has: ({ name, visibility }) =>
      admits(name) &&
      (granted === null || visibility !== "private" || grants.has(name.toLowerCase())),
    sql: (alias) => {
      const column = (name: string) => Prisma.raw(alias === undefined ? name : `${alias}.${name}`);
      const key = column("name_key");
      return both(
        confined?.sql(key),
        isPublic && Prisma.sql`${column("visibility")} = 'public'`,
        granted?.length &&
          Prisma.sql`(${column("visibility")} = 'public' or ${key} = any(${granted}))`,
      );
    },
    where: {
      AND: [
        ...(confined === null ? [] : [confined.where]),
        ...(granted === null
          ? []
          : [{ OR: [{ visibility: "public" }, { nameKey: { in: granted } }] }]),
      ],
    },
    sqlOfName: (name) => {
      const key = Prisma.sql`lower(${name})`;
      const isOpen = Prisma.sql`not exists (select 1 from private_name where name_key = ${key})`;
      return both(
        confined && Prisma.sql`(${name} is not null and ${confined.sql(key)})`,
        granted && Prisma.sql`(${name} is null or ${isOpen} or ${key} = any(${granted}))`,
      );
    },
  };
}

function both(...conditions: (Prisma.Sql | false | 0 | null | undefined)[]): Prisma.Sql {
  const given = conditions.filter((condition) => condition instanceof Prisma.Sql);
  return Prisma.sql`(${Prisma.join(given, " and ")})`;
}

/** Names and beginnings of names, in lower case. */
class Patterns {
  readonly names: string[] = [];
  readonly prefixes: string[] = [];

  constructor(models: readonly string[]) {
    for (const pattern of models.map((text) => text.toLowerCase()))
      if (pattern.endsWith("*")) this.prefixes.push(pattern.slice(0, -1));
      else this.names.push(pattern);
  }

  includes(name: string): boolean {
    const key = name.toLowerCase();
    return this.names.includes(key) || this.prefixes.some((prefix) => key.startsWith(prefix));
  }

  sql(key: Prisma.Sql): Prisma.Sql {
    return Prisma.sql`(${key} = any(${this.names}) or ${key} ^@ any(${this.prefixes}))`;
  }

  get where(): Prisma.ModelWhereInput {
    return {
      OR: [
        { nameKey: { in: this.names } },
        ...this.prefixes.map((prefix) => ({ nameKey: { startsWith: likeLiteral(prefix) } })),
      ],
    };
  }
}
