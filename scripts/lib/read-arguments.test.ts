import { describe, expect, it } from "vitest";
import { CommandError } from "./command-error.ts";
import { readArguments } from "./read-arguments.ts";

const shape = {
  usage: "npm run x -- <id>",
  options: { all: { type: "boolean" }, role: { type: "string" } },
  words: { most: 1, needed: "Say which." },
} as const;
const read = (...parameters: string[]) => readArguments(shape, parameters);

describe("arguments of a command", () => {
  it("are options and words in any order", () => {
    expect(read("--all", "7", "--role", "king")).toEqual({
      values: { all: true, role: "king" },
      words: ["7"],
    });
    expect(read("7")?.values.all).toBeUndefined();
  });

  it.each([["--help"], ["-h"], ["7", "--help"], ["--nonsense", "--help"]])(
    "ask for help: %s %s",
    (...parameters) => {
      expect(read(...parameters)).toBeNull();
    },
  );

  it.each([
    [["7", "--most"], "There is no option --most."],
    [["7", "-x"], "There is no option -x."],
    [["7", "--__proto__"], "There is no option --__proto__."],
    [["7", "--role"], "The option --role needs a value."],
    [["7", "--role="], "The option --role needs a value."],
    [["7", "--all=no"], "The option --all takes no value."],
    [["7", "8"], 'Nothing is known of "8".'],
    [[], "Say which."],
  ])("that are wrong are told of, with the usage: %j", (parameters, message) => {
    expect(() => read(...parameters)).toThrow(new CommandError(`${message}\n\n${shape.usage}`));
  });
});
