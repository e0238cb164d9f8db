/** Semantic Versioning 2.0.0 (semver.org): parsing, precedence, bumps. */
import semver from "semver";
import { RegistryError } from "#lib/errors.ts";
import type { Bump } from "./request-schema.ts";

export const FIRST_VERSION = "1.0.0";

export type ParsedVersion = {
  text: string;
  isPrerelease: boolean;
  /** Compares bytewise as section 11 of the specification compares versions. */
  precedence: string;
};

/** Throws `invalid_version`. Stricter than the semver package: no leading `v`, no spaces. */
export function parseVersion(text: string): ParsedVersion {
  const parsed = /^[0-9]/.test(text) && text.length <= 128 ? semver.parse(text) : null;
  if (parsed === null || textOf(parsed) !== text) {
    throw new RegistryError(
      "invalid_version",
      "Use a semantic version such as 1.2.0 or 2.0.0-rc.1 (semver.org), without a leading v.",
      { problems: [{ pointer: "/version", detail: "not a semantic version" }] },
    );
  }
  const core = [parsed.major, parsed.minor, parsed.patch].map(padNumber).join("");
  return {
    text,
    isPrerelease: parsed.prerelease.length > 0,
    precedence: core + prereleaseKey(parsed.prerelease),
  };
}

/** The text as the specification writes it; the package also reads text with spaces around it. */
function textOf(parsed: semver.SemVer): string {
  return parsed.build.length === 0 ? parsed.version : `${parsed.version}+${parsed.build.join(".")}`;
}

/**
 * A release sorts after all its pre-releases (`~`). Numeric identifiers sort below alphanumeric ones
 * (`0` before `1`), and a space, which is below every identifier character, ends each one, so that
 * a shorter list sorts first.
 */
function prereleaseKey(identifiers: readonly (string | number)[]): string {
  if (identifiers.length === 0) return "~";
  return identifiers
    .map((part) => (typeof part === "number" ? `0${padNumber(part)} ` : `1${part} `))
    .join("");
}

// semver refuses numbers above 2^53 - 1, which has 16 digits.
function padNumber(value: number): string {
  return value.toString().padStart(16, "0");
}

/** The version after `current`; a pre-release bumps to its release where the specification says so. */
export function bumpVersion(current: string, bump: Bump): string {
  const next = semver.inc(current, bump);
  if (next === null) throw new RegistryError("invalid_version", `${current} cannot be bumped.`);
  return next;
}

/** The `count` versions that follow `current` one after the other; the first ones of a model when it is null. */
export function followingVersions(current: string | null, bump: Bump, count: number): string[] {
  const versions: string[] = [];
  for (let last = current; versions.length < count; versions.push(last))
    last = last === null ? FIRST_VERSION : bumpVersion(last, bump);
  return versions;
}
