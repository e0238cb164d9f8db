/**
 * Statements for the requests that people wait for: straight to the driver, and prepared once per connection. Prisma and
 * parsing together take several times as long as such a statement itself.
 */
import type pg from "pg";

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

  /** JSON columns come parsed, `bigint` as text. */
  async run<Row extends object>(
    { name, text }: Statement,
    values: readonly unknown[],
  ): Promise<Row[]> {
    try {
      const { rows } = await this.#pool.query<Row>({ name, text, values: [...values] });
      return rows;
    } catch (cause) {
      throw new StatementError(`The statement ${name} failed.`, { cause });
    }
  }
}
