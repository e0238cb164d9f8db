/** Whether the version of a framework is one that the configuration supports: `frameworks.<name>.supported_versions`. */
import type { FrameworksConfig } from "#lib/config/config.ts";
import { Prisma } from "#lib/db/generated/client.ts";
import { RegistryError } from "#lib/errors.ts";
import {
  isWithin,
  parseVersionRange,
  releaseOf,
  type VersionRange,
} from "#lib/wire/version-range.ts";
import type { FrameworkSupport } from "./request-schema.ts";

export type Written = { framework: string; version: string | null };

/** `unknown` where the bytes do not say the version, or nothing is configured for the framework. */
export function frameworkSupport(
  frameworks: FrameworksConfig,
  { framework, version }: Written,
): FrameworkSupport {
  const ranges = rangesOf(frameworks, framework);
  const release = version === null ? null : releaseOf(version);
  if (release === null || ranges.length === 0) return "unknown";
  return ranges.some((range) => isWithin(release, range)) ? "supported" : "outside";
}

/** Whether there is a framework whose versions are compared. */
export function hasRanges(frameworks: FrameworksConfig): boolean {
  return Object.keys(frameworks).some((name) => rangesOf(frameworks, name).length > 0);
}

/** What the configuration supports of the framework of a version that is outside of it; null for any other version. */
export function unsupportedNote(frameworks: FrameworksConfig, written: Written): string | null {
  if (frameworkSupport(frameworks, written) !== "outside") return null;
  return (sectionOf(frameworks, written.framework)?.supportedVersions ?? []).join(", ");
}

/** Throws `framework_version_unsupported` where the configuration has `enforce` for the framework. */
export function assertSupported(frameworks: FrameworksConfig, written: Written): void {
  const section = sectionOf(frameworks, written.framework);
  if (section?.enforce !== true || frameworkSupport(frameworks, written) !== "outside") return;
  const supported = section.supportedVersions.join(" or ");
  throw new RegistryError(
    "framework_version_unsupported",
    `The bytes were written by ${written.framework} ${written.version}, and this registry takes ${supported}.`,
    {
      problems: [
        { pointer: "/file", detail: `was written by ${written.framework} ${written.version}` },
      ],
    },
  );
}

/** The condition on the rows of models, whose `framework_release` has the four numbers or none. */
export function supportCondition(frameworks: FrameworksConfig, want: FrameworkSupport): Prisma.Sql {
  const names = Object.keys(frameworks).filter((name) => rangesOf(frameworks, name).length > 0);
  const known = Prisma.sql`framework_release <> '{}'`;
  const compared =
    names.length === 0
      ? Prisma.sql`false`
      : Prisma.sql`(framework in (${Prisma.join(names)}) and ${known})`;
  if (want === "unknown") return Prisma.sql`(framework is null or not ${compared})`;
  const within = names.map((name) => {
    const ranges = rangesOf(frameworks, name).map(rangeCondition);
    return Prisma.sql`(framework = ${name} and (${Prisma.join(ranges, " or ")}))`;
  });
  const supported =
    within.length === 0 ? Prisma.sql`false` : Prisma.sql`(${Prisma.join(within, " or ")})`;
  return want === "supported"
    ? Prisma.sql`${compared} and ${supported}`
    : Prisma.sql`${compared} and not ${supported}`;
}

function rangeCondition({ from, below }: VersionRange): Prisma.Sql {
  const parts = [
    ...(from === null ? [] : [Prisma.sql`framework_release >= ${[...from]}::int[]`]),
    ...(below === null ? [] : [Prisma.sql`framework_release < ${[...below]}::int[]`]),
  ];
  return Prisma.sql`(${Prisma.join(parts, " and ")})`;
}

function rangesOf(frameworks: FrameworksConfig, name: string): VersionRange[] {
  const texts = sectionOf(frameworks, name)?.supportedVersions ?? [];
  return texts.flatMap((text) => parseVersionRange(text) ?? []);
}

function sectionOf(frameworks: FrameworksConfig, name: string) {
  return Object.hasOwn(frameworks, name) ? frameworks[name] : undefined;
}
