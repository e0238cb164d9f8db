import { describe, expect, it } from "vitest";
import { negotiateLocale } from "./negotiate-locale.ts";

describe("negotiateLocale", () => {
  it("obeys the cookie before the browser's wishes", () => {
    expect(negotiateLocale("en", "pt-BR")).toBe("en");
    expect(negotiateLocale("pt-BR", "en")).toBe("pt-BR");
  });
  it("ignores a cookie that names no language of ours", () => {
    expect(negotiateLocale("../../etc", "pt")).toBe("pt-BR");
  });
  it("takes the best wish by quality", () => {
    expect(negotiateLocale(undefined, "fr, en;q=0.3, pt-PT;q=0.8")).toBe("pt-BR");
    expect(negotiateLocale(undefined, "pt;q=0, en")).toBe("en");
    expect(negotiateLocale(undefined, "de, *;q=0.1")).toBe("en");
  });
  it("falls back to English", () => {
    expect(negotiateLocale(undefined, null)).toBe("en");
    expect(negotiateLocale(undefined, ";;;q=,x")).toBe("en");
  });
});
