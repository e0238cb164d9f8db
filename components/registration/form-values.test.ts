import { describe, expect, it } from "vitest";
import { EMPTY_FORM, type FormValues, formSchema, toBody } from "./form-values.ts";

const form = (part: Partial<FormValues>): FormValues => ({ ...EMPTY_FORM, name: "m", ...part });
const problems = (part: Partial<FormValues>) =>
  formSchema
    .safeParse(form(part))
    .error?.issues.map(({ path, message }) => `${path.join(".")}: ${message}`) ?? [];

describe("formSchema", () => {
  it("takes a form with nothing but a name", () => {
    expect(problems({})).toEqual([]);
  });
  it.each([
    [{ name: "" }, "name: required"],
    [{ name: "../m" }, "name: name"],
    [{ versionChoice: "typed" as const, version: "v1" }, "version: version"],
    [{ versionChoice: "typed" as const, version: "" }, "version: required"],
    [{ metadata: "[1]" }, "metadata: metadata"],
    [{ metadata: "{" }, "metadata: metadata"],
    [{ metadata: '{"a": 1e400}' }, "metadata: metadataUnkept"],
    [{ metadata: '{"a": 123456789012345678901}' }, "metadata: metadataUnkept"],
    [{ metadata: '{"a": "\\u0000"}' }, "metadata: metadataUnkept"],
    [{ description: "x".repeat(70_000) }, "description: description"],
    [{ tags: [{ key: "", value: "v" }] }, "tags.0.key: tagKey"],
    [
      {
        tags: [
          { key: "a", value: "1" },
          { key: " a", value: "2" },
        ],
      },
      "tags.1.key: tagTwice",
    ],
    [{ tags: [{ key: "constructor", value: "1" }] }, "tags.0.key: tag"],
  ])("refuses %j beside its field", (part, expected) => {
    expect(problems(part)).toEqual([expected]);
  });
  it("does not look at a version that was typed and then not chosen", () => {
    expect(problems({ versionChoice: "patch", version: "nonsense" })).toEqual([]);
  });
});

describe("toBody", () => {
  it("leaves out what is empty", () => {
    expect(toBody(form({ tags: [{ key: "", value: "" }] }), null)).toEqual({
      name: "m",
      version: "1.0.0",
    });
  });
  it("declares a framework only when a person chose it", () => {
    expect(toBody(form({ framework: "onnx" }), "onnx").framework).toBeUndefined();
    expect(toBody(form({ framework: "onnx" }), "pytorch").framework).toBe("onnx");
  });
  it("sends a bump as a bump, a typed version as it is, tags and metadata as objects", () => {
    expect(toBody(form({ versionChoice: "minor" }), null)).toMatchObject({ bump: "minor" });
    const typed = form({
      versionChoice: "typed",
      version: "2.0.0-rc.1",
      tags: [{ key: "task", value: "ner" }],
    });
    expect(toBody(typed, null)).toEqual({
      name: "m",
      version: "2.0.0-rc.1",
      tags: { task: "ner" },
    });
    expect(toBody(form({ metadata: '{"accuracy": 0.9}' }), null).metadata).toEqual({
      accuracy: 0.9,
    });
  });
});
