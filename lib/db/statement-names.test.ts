import { expect, it } from "vitest";
import { statementNames } from "./statement-names.ts";

it("names a text from the second time on, always alike, and apart from others", () => {
  const nameOf = statementNames();
  expect(nameOf({ sql: "select 1" })).toBeUndefined();
  const name = nameOf({ sql: "select 1" });
  expect(name).toMatch(/^p[0-9a-f]{32}$/);
  expect(nameOf({ sql: "select 1" })).toBe(name);
  nameOf({ sql: "select 2" });
  expect(nameOf({ sql: "select 2" })).not.toBe(name);
});

it("names a bounded number of texts, and none whose columns are open or that has no plan", () => {
  const nameOf = statementNames();
  const names = new Set<string>();
  for (let text = 0; text < 1_000; text += 1)
    for (let time = 0; time < 2; time += 1) {
      const name = nameOf({ sql: `select ${text}` });
      if (name !== undefined) names.add(name);
    }
  expect(names.size).toBe(200);
  const open = statementNames();
  for (let time = 0; time < 3; time += 1)
    for (const sql of ["select * from model", "COMMIT", "BEGIN"])
      expect(open({ sql })).toBeUndefined();
});
