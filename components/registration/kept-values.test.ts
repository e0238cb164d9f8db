import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { EMPTY_FORM } from "./form-values.ts";
import { forgetValues, keepValues, restoreValues } from "./kept-values.ts";

const store = new Map<string, string>();
beforeEach(() => {
  vi.stubGlobal("sessionStorage", {
    getItem: (key: string) => store.get(key) ?? null,
    setItem: (key: string, value: string) => store.set(key, value),
    removeItem: (key: string) => store.delete(key),
  });
});
afterEach(() => {
  store.clear();
  vi.unstubAllGlobals();
});

it("gives a form its own values back, until they are forgotten", () => {
  const values = { ...EMPTY_FORM, name: "m", tags: [{ key: "a", value: "b" }] };
  keepValues("", values);
  expect(restoreValues("")).toEqual(values);
  expect(restoreValues("other")).toBeNull();
  forgetValues("");
  expect(restoreValues("")).toBeNull();
});

it.each(["{", "null", "[]", '{"name":1}', `{"name":"${"x".repeat(500)}"}`])(
  "takes nothing from %j",
  (text) => {
    store.set("registration:", text);
    expect(restoreValues("")).toBeNull();
  },
);

it("works where the browser keeps nothing", () => {
  vi.stubGlobal("sessionStorage", undefined);
  keepValues("", EMPTY_FORM);
  expect(restoreValues("")).toBeNull();
  forgetValues("");
});
