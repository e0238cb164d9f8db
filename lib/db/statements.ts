/**
 * Statements for the requests that people wait for: straight to the driver, and prepared once per connection. Prisma and
 * parsing together take several times as long as such a statement itself.
 */
import type pg from "pg";
import type { Prisma } from "./generated/client.ts";

/** A name stands for one text for ever: PostgreSQL keeps the plan under it. */
export type Statement = { name: string; text: string };

/** The driver's error, told apart from errors of files and other connections that have the same codes. */
export class StatementError extends Error {
  override readonly name = "StatementError";
}

export class Statements {
  readonly #pool: pg.Pool;

  constructor(pool: pg.Pool) {
    this.#pool = pool;
  }

  /**
   * A statement that is put together for each request. Without a name PostgreSQL plans it for its values, which a list with
   * filters needs; give a name where the plan is always the same.
   */
  query<Row extends object>({ text, values }: Prisma.Sql, name?: string): Promise<Row[]> {
    return this.#run<Row>(name, text, values);
  }

  /** JSON columns come parsed, `bigint` as text. */
  run<Row extends object>({ name, text }: Statement, values: readonly unknown[]): Promise<Row[]> {
    return this.#run<Row>(name, text, values);
  }

  async #run<Row extends object>(
    name: string | undefined,
    text: string,
    values: readonly unknown[],
  ): Promise<Row[]> {
    const named = name === undefined ? {} : { name };
    try {
      const { rows } = await this.#pool.query<Row>({ ...named, text, values: [...values] });
      return rows;
    } catch (cause) {
      throw new StatementError(`The statement ${name ?? "of a list"} failed.`, { cause });
    }
  }
}
