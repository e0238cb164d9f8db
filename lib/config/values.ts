/** Kinds of settings: how each is written, and the rule that is told when it is not. */
import { z } from "zod";
import { parseDurationMs, parseSizeBytes } from "./quantities.ts";

/** One value: `parse` gives undefined for what `rule` forbids. */
export function leaf<T>(rule: string, parse: (value: unknown) => T | undefined) {
  return z.unknown().transform((value, context): T => {
    const parsed = parse(value);
    if (parsed !== undefined) return parsed;
    context.addIssue({ code: "custom", message: rule, input: value });
    return z.NEVER;
  });
}

export function isText(value: unknown): value is string {
  return typeof value === "string" && value.trim() !== "" && !value.includes("\0");
}

export function size(minimumBytes: number, maximumBytes = Number.MAX_SAFE_INTEGER) {
  const zero = minimumBytes > 0 ? " above zero" : "";
  const range =
    maximumBytes < Number.MAX_SAFE_INTEGER ? ` from ${minimumBytes} to ${maximumBytes}` : zero;
  return leaf(`must be a size${range}, such as "10GB", "512MiB" or a number of bytes`, (value) => {
    const bytes = parseSizeBytes(value);
    return bytes !== null && bytes >= minimumBytes && bytes <= maximumBytes ? bytes : undefined;
  });
}

/** null: no limit. */
export function sizeOrNone() {
  return leaf('must be a size, such as "500GB", or nothing', (value) =>
    value === null || value === "" ? null : (parseSizeBytes(value) ?? undefined),
  );
}

export function duration(minimumMs: number, maximumMs: number) {
  const least = minimumMs > 0 ? ` of at least ${minimumMs / 1000} s` : "";
  return leaf(
    `must be a duration${least} with its unit, such as "120s", "15m" or "30d"`,
    (value) => {
      const ms = parseDurationMs(value);
      return ms !== null && ms >= minimumMs && ms <= maximumMs ? ms : undefined;
    },
  );
}

export function wholeNumber(minimum: number, maximum: number) {
  return leaf(`must be a whole number from ${minimum} to ${maximum}`, (value) => {
    const text = typeof value === "number" ? String(value) : value;
    if (typeof text !== "string" || !/^\d{1,15}$/.test(text.trim())) return undefined;
    const number = Number(text);
    return number >= minimum && number <= maximum ? number : undefined;
  });
}

export function flag() {
  return leaf("must be true or false", readFlag);
}

function readFlag(value: unknown): boolean | undefined {
  if (value === true || value === "true") return true;
  return value === false || value === "false" ? false : undefined;
}

export function oneOf<const T extends string>(allowed: readonly T[]) {
  return leaf(`must be one of ${allowed.join(", ")}`, (value) =>
    allowed.find((name) => name === value),
  );
}

/** The environment has no lists, so it writes them as texts with commas. */
export function readList(value: unknown): string[] | undefined {
  const list =
    typeof value === "string" ? value.split(",").flatMap((item) => item.trim() || []) : value;
  return Array.isArray(list) && list.every((item) => typeof item === "string") ? list : undefined;
}
