import type { Ctx } from "../context.ts";
import { assertMay } from "./policy.ts";
import { nextFreeVersion } from "./semantic-version.ts";
import { getLiveModel, listTakenVersions } from "./store.ts";

/** What the next version would be called; `current` is the latest, null when there is none. */
export async function proposeVersion(ctx: Ctx, input: { name: string }) {
  assertMay(ctx, "model.read");
  const model = await getLiveModel(ctx.db, input.name);
  const { latest, taken } = await listTakenVersions(ctx.db, model.id);
  const isTaken = (version: string) => taken.has(version);
  return {
    current: latest,
    patch: nextFreeVersion(latest, "patch", isTaken),
    minor: nextFreeVersion(latest, "minor", isTaken),
    major: nextFreeVersion(latest, "major", isTaken),
  };
}
