/** Which models an actor may see. Lists, counts, caches and event streams all ask here, so that none of them tells more. */
import { Prisma } from "#lib/db/generated/client.ts";
import { likeLiteral } from "#lib/db/like-literal.ts";
import type { Actor } from "./actor.ts";

export type VisibleModels = {
  /** Equal for actors who see the same models; a part of the key of everything that is remembered for them. */
  key: string;
  isAll: boolean;
  /** Lower-case names and beginnings of names; both are empty for an actor who sees all. */
  names: readonly string[];
  prefixes: readonly string[];
  /** `name` in any spelling. */
  has: (name: string) => boolean;
  /** A condition on a column that has the model's name in lower case, such as `name_key`. */
  sql: (nameKey: Prisma.Sql) => Prisma.Sql;
  /** The same as a filter of Prisma's on `model`. */
  where: Prisma.ModelWhereInput;
};

const ALL: VisibleModels = {
  key: "all",
  isAll: true,
  names: [],
  prefixes: [],
  has: () => true,
  sql: () => Prisma.sql`true`,
  where: {},
};

export function visibleModels({ models }: Actor): VisibleModels {
  if (models === null) return ALL;
  const names: string[] = [];
  const prefixes: string[] = [];
  for (const pattern of models.map((text) => text.toLowerCase()))
    if (pattern.endsWith("*")) prefixes.push(pattern.slice(0, -1));
    else names.push(pattern);
  return {
    key: `only ${JSON.stringify([names, prefixes])}`,
    isAll: false,
    names,
    prefixes,
    has: (name) => {
      const key = name.toLowerCase();
      return names.includes(key) || prefixes.some((prefix) => key.startsWith(prefix));
    },
    sql: (nameKey) => Prisma.sql`(${nameKey} = any(${names}) or ${nameKey} ^@ any(${prefixes}))`,
    where: {
      OR: [
        { nameKey: { in: names } },
        ...prefixes.map((prefix) => ({ nameKey: { startsWith: likeLiteral(prefix) } })),
      ],
    },
  };
}
