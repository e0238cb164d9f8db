import { describe, expect, it } from "vitest";
import { toTagRows, toTags } from "./tag-rows.ts";

describe("tags being edited", () => {
  it("come back as they were", () => {
    const tags = { task: "nlp", team: "", "a b": "c: d" };
    expect(toTags(toTagRows(tags))).toEqual({ tags });
  });
  it("start with an empty row, which is no tag", () => {
    expect(toTags(toTagRows({}))).toEqual({ tags: {} });
  });
  it("refuse a key given twice and a value without a key", () => {
    const row = (id: number, key: string, value: string) => ({ id, key, value });
    expect(toTags([row(0, "a", "1"), row(1, " a ", "2")])).toEqual({ problem: "twice", key: "a" });
    expect(toTags([row(0, "", "1")])).toEqual({ problem: "missingKey", key: "1" });
  });
});
