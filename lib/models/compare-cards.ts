import type { ComparisonWire } from "./compare-schema.ts";
import { diffLines } from "./diff-lines.ts";
import { findReadme, readReadme } from "./get-model-card.ts";
import type { ModelCtx } from "./model-context.ts";
import type { VersionWire } from "./schema.ts";

type Compared = ComparisonWire["card"];

/** The README.md of both as they were written, front matter and all; a missing one has no lines. */
export async function compareCards(
  ctx: ModelCtx,
  from: VersionWire["files"],
  to: VersionWire["files"],
): Promise<Compared> {
  const [before, after] = [findReadme(from), findReadme(to)];
  const without = (state: Compared["state"]): Compared => ({ state, diff: null, is_cut: false });
  if (before === null && after === null) return without("none");
  if (before?.isWithheld || after?.isWithheld) return without("withheld");
  if (before?.digest === after?.digest) return without("same");
  const text = (readme: typeof before) => (readme === null ? "" : readReadme(ctx, readme));
  const found = diffLines(await text(before), await text(after));
  if (found === null) return without("same");
  const state = before === null ? "added" : after === null ? "removed" : "changed";
  return { state, diff: found.diff, is_cut: found.isCut };
}
