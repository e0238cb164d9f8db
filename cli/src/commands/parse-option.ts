/** Values of options, checked where they are written. */
import { readFile } from "node:fs/promises";
import { InvalidArgumentError } from "commander";
import { EXIT } from "../exit-codes.ts";
import { Failure } from "../failure.ts";
import type { Translate } from "../messages/translate.ts";

export const wholeNumber = (min: number, max: number, t: Translate) => (text: string) => {
  const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= max) return value;
  throw new InvalidArgumentError(t("usage.wholeNumber", { min, max }));
};

/** For options that may be given again and again. */
export const collect = (text: string, before: string[] = []) => [...before, text];

/** `key=value` again and again. */
export const collectPairs =
  (t: Translate) =>
  (text: string, before: Record<string, string> = {}): Record<string, string> => {
    const at = text.indexOf("=");
    if (at < 1) throw new InvalidArgumentError(t("usage.pair"));
    return { ...before, [text.slice(0, at)]: text.slice(at + 1) };
  };

/** A JSON object, or `@file` that has one; `problem` is said of anything else. */
export async function jsonObject(
  text: string,
  t: Translate,
  problem: "usage.metadata" | "usage.signature" = "usage.metadata",
): Promise<object> {
  const json = text.startsWith("@") ? await readFile(text.slice(1), "utf8") : text;
  try {
    const value: unknown = JSON.parse(json);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  } catch {}
  throw new Failure(EXIT.usage, t(problem));
}
