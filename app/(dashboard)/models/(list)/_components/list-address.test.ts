import { describe, expect, it } from "vitest";
import {
  changedHref,
  clearedHref,
  hasFilters,
  listHref,
  parseCount,
  parseListAddress,
  toggled,
} from "./list-address.ts";

describe("parseListAddress", () => {
  it("keeps what it understands and names what it ignores", () => {
    const { address, ignored } = parseListAddress({
      query: " bert ",
      framework: ["onnx", "pytorch"],
      verdict: "wrong",
      colour: "red",
      limit: "9999",
      owner: "",
    });
    expect(address.query).toBe("bert");
    expect(address.framework).toEqual(["onnx", "pytorch"]);
    expect(address.verdict).toBeUndefined();
    expect(address.owner).toBeUndefined();
    expect(address.limit).toBe(50);
    expect(ignored.sort()).toEqual(["colour", "limit", "verdict"]);
  });
  it("does not trust repeated single values", () => {
    expect(parseListAddress({ query: ["a", "b"] }).ignored).toEqual(["query"]);
  });
});

describe("listHref", () => {
  it("leaves defaults out and comes back as it was", () => {
    expect(listHref(parseListAddress({}).address)).toBe("/models");
    const { address } = parseListAddress({
      tag: ["team:nlp", "a:b&c"],
      sort: "name",
      limit: "25",
      cursor: "x",
      framework_support: "outside",
    });
    const href = listHref(address);
    const search = new URL(href, "http://host").searchParams;
    expect(search.getAll("tag")).toEqual(["team:nlp", "a:b&c"]);
    expect(search.get("cursor")).toBe("x");
    expect(search.get("framework_support")).toBe("outside");
  });
  it("starts at the first page after any change", () => {
    const { address } = parseListAddress({ cursor: "x", stage: "production" });
    expect(changedHref(address, { stage: toggled(address.stage, "staging") })).toBe(
      "/models?stage=production&stage=staging",
    );
    expect(changedHref(address, { stage: toggled(address.stage, "production") })).toBe("/models");
    expect(clearedHref(address)).toBe("/models");
    expect(hasFilters(address)).toBe(true);
    expect(hasFilters(parseListAddress({ cursor: "x", sort: "name" }).address)).toBe(false);
  });
});

describe("parseCount", () => {
  it("reads counts as people write them", () => {
    expect(parseCount("7B")).toBe(7_000_000_000);
    expect(parseCount("7 bi")).toBe(7_000_000_000);
    expect(parseCount("1,5 m")).toBe(1_500_000);
    expect(parseCount("1250")).toBe(1250);
    expect(parseCount(" ")).toBeUndefined();
    expect(parseCount("many")).toBeNull();
    expect(parseCount("99999999999999999999")).toBeNull();
  });
});
