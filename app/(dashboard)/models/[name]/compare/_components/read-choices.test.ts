import { expect, it } from "vitest";
import { readChoices } from "./read-choices.ts";

const chosen = (text: string, ref = text, model?: string) => ({ text, choice: { model, ref } });

it("reads the base and up to three others, each once", () => {
  expect(readChoices({ from: "1.0.0", to: "1.1.0" })).toEqual({
    from: chosen("1.0.0"),
    to: [chosen("1.1.0")],
  });
  const to = ["latest", "1.0.0", "", "@prod", "@prod", "net/2.0.0", "3.0.0"];
  expect(readChoices({ from: "1.0.0", to }).to).toEqual([
    chosen("latest"),
    chosen("@prod"),
    chosen("net/2.0.0", "2.0.0", "net"),
  ]);
  expect(readChoices({})).toEqual({ from: null, to: [] });
});

it("names what can be no version, and takes no base of another model", () => {
  const texts = ["../x", "a/b/1", "1 0", "@", "%00", "x".repeat(1000)];
  for (const text of texts) {
    expect(readChoices({ from: "1.0.0", to: text }).to).toEqual([{ text, choice: null }]);
  }
  expect(readChoices({ from: "net/1.0.0" }).from).toEqual({ text: "net/1.0.0", choice: null });
});
