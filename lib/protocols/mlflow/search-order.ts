/** The order of a search, and places in it: a page token is the last row of the page before, not a count of rows. */
import { z } from "zod";
import { Prisma } from "#lib/db/generated/client.ts";
import { type Cursors, cursorsOf } from "#lib/wire/cursor.ts";
import { invalid } from "./search-filter.ts";

const ORDERS_MAX = 8;

type Type = "text" | "timestamptz" | "int";
export type Field = { column: Prisma.Sql; type: Type };
export type Order = { field: string; isAscending: boolean };
export type Fields = Readonly<Record<string, Field>>;

/** `name`, `name ASC`, `` `last_updated_timestamp` desc``; `rest` decides where all of these are equal. */
export function readOrder(
  given: readonly string[],
  keys: Readonly<Record<string, string>>,
  rest: readonly Order[],
): Order[] {
  if (given.length > ORDERS_MAX) throw invalid(`'order_by' has over ${ORDERS_MAX} items.`);
  const orders: Order[] = [];
  for (const text of given) {
    const order = readOne(text, keys);
    if (orders.some(({ field }) => field === order.field))
      throw invalid(`\`order_by\` contains duplicate fields: ${JSON.stringify(given)}`);
    orders.push(order);
  }
  const named = new Set(orders.map(({ field }) => field));
  return [...orders, ...rest.filter(({ field }) => !named.has(field))];
}

function readOne(text: string, keys: Readonly<Record<string, string>>): Order {
  const [, , quoted, plain = "", direction = "asc"] =
    /^\s*(attributes?\.)?(?:`([^`]*)`|([\w]+))(?:\s+(asc|desc))?\s*$/i.exec(text) ?? [];
  const key = quoted ?? plain;
  const field = Object.hasOwn(keys, key) ? keys[key] : undefined;
  if (field === undefined)
    throw invalid(
      `Invalid order by key '${text.slice(0, 100).toWellFormed()}' specified. Valid keys are '${Object.keys(keys).join("', '")}'`,
    );
  return { field, isAscending: direction.toLowerCase() === "asc" };
}

const VALUE = {
  text: z.string(),
  // With microseconds: a row's own time must not come after the place that it made.
  timestamptz: z.string().regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/),
  int: z.int(),
};

export class SearchOrder {
  readonly #orders: readonly Order[];
  readonly #fields: Fields;
  readonly #cursors: Cursors<(string | number)[]>;

  constructor(what: string, orders: readonly Order[], fields: Fields) {
    this.#orders = orders;
    this.#fields = fields;
    const [first, ...others] = orders.map(({ field }) => VALUE[this.#fieldOf(field).type]);
    if (first === undefined) throw new Error("a search without an order");
    const names = orders.map(({ field, isAscending }) => `${isAscending ? "" : "-"}${field}`);
    const list = `mlflow ${what} by ${names.join(" ")}`;
    this.#cursors = cursorsOf(list, z.tuple([first, ...others])) as Cursors<(string | number)[]>;
  }

  get sql(): Prisma.Sql {
    return Prisma.join(
      this.#orders.map(
        ({ field, isAscending }) =>
          Prisma.sql`${this.#fieldOf(field).column} ${Prisma.raw(isAscending ? "asc" : "desc")}`,
      ),
      ", ",
    );
  }

  /** The place of each row, as a column `place`. */
  get place(): Prisma.Sql {
    const parts = this.#orders.map(({ field }) => {
      const { column, type } = this.#fieldOf(field);
      return type === "timestamptz"
        ? Prisma.sql`to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`
        : column;
    });
    return Prisma.sql`json_build_array(${Prisma.join(parts)})`;
  }

  tokenOf(place: readonly (string | number)[]): string {
    return this.#cursors.encode(...place);
  }

  /** The condition on the rows after a place. Throws `invalid_cursor`. */
  after(token: string | null): Prisma.Sql {
    const place = token === null || token === "" ? null : this.#cursors.decode(token);
    if (place === null) return Prisma.sql`true`;
    const parts = this.#orders.map((order, at) => {
      const { column, type } = this.#fieldOf(order.field);
      const value = Prisma.sql`${place[at]}::${Prisma.raw(type)}`;
      return { column, value, sign: Prisma.raw(order.isAscending ? ">" : "<") };
    });
    const alternatives = parts.map(({ column, value, sign }, at) =>
      Prisma.join(
        [
          ...parts.slice(0, at).map((equal) => Prisma.sql`${equal.column} = ${equal.value}`),
          Prisma.sql`${column} ${sign} ${value}`,
        ],
        " and ",
      ),
    );
    const [first] = parts;
    // An index on the first column begins where the page does.
    const bound = first && Prisma.sql`${first.column} ${first.sign}= ${first.value}`;
    return Prisma.sql`(${bound} and (${Prisma.join(alternatives, " or ")}))`;
  }

  #fieldOf(name: string): Field {
    const field = this.#fields[name];
    if (field === undefined) throw new Error(`${name} is no field of a search`);
    return field;
  }
}
