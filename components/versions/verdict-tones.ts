import type { VerdictName } from "#lib/wire/words.ts";

/** Border and background of a box about a verdict. */
export const VERDICT_TONES: Record<VerdictName, string> = {
  clean: "border-line bg-surface",
  suspicious: "border-warn/40 bg-warn-soft",
  malicious: "border-danger/40 bg-danger-soft",
  unscannable: "border-warn/40 bg-warn-soft",
  pending: "border-line bg-sunken",
};
