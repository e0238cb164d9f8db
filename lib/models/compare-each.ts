import { isRegistryError } from "#lib/errors.ts";
import type { ComparisonWire } from "./compare-schema.ts";
import { compareFound } from "./compare-versions.ts";
import { getVersion } from "./get-version.ts";
import type { ModelCtx } from "./model-context.ts";
import type { VersionChoice } from "./request-schema.ts";
import type { VersionWire } from "./schema.ts";

/** A version that is not there, or that the actor may not see, is null. */
export type ComparedEach = {
  base: VersionWire | null;
  others: { version: VersionWire | null; comparison: ComparisonWire | null }[];
};

/** What each of up to three versions has otherwise than the base. */
export async function compareEach(
  ctx: ModelCtx,
  input: { name: string; from: string; to: readonly VersionChoice[] },
): Promise<ComparedEach> {
  const find = ({ model = input.name, ref }: VersionChoice) =>
    orNull(getVersion(ctx, { name: model, ref }));
  const [base = null, ...others] = await Promise.all(
    [{ model: undefined, ref: input.from }, ...input.to].map(find),
  );
  return {
    base,
    others: await Promise.all(
      others.map(async (version) => ({
        version,
        comparison: base && version && (await compareFound(ctx, base, version)),
      })),
    ),
  };
}

async function orNull<T>(reading: Promise<T>): Promise<T | null> {
  try {
    return await reading;
  } catch (error) {
    if (isRegistryError(error) && error.code.endsWith("_not_found")) return null;
    throw error;
  }
}
