import { may } from "#lib/access/policy.ts";
import { visibleModels } from "#lib/access/visible-models.ts";
import type { Ctx } from "#lib/context.ts";
import { MISSED_ACTION } from "#lib/events/event-bus.ts";
import { type ChangeEventWire, CLUSTER_REPORTED } from "#lib/events/schema.ts";

/** One look at the database for an event, however many hear of it. */
const areAboutPrivate = new WeakMap<ChangeEventWire, Promise<boolean>>();

/**
 * Whether the actor, as of now, learns of a change: of those to models that it may see, of clusters, and of operations and alerts where
 * it may see these; only an actor who sees all models learns of other changes. Throws `unauthenticated` when its credential has
 * ended; null asks for nothing else.
 */
export async function mayHear(ctx: Ctx, event: ChangeEventWire | null): Promise<boolean> {
  const actor = await ctx.currentActor();
  const visible = visibleModels(actor);
  if (event === null || event.action === MISSED_ACTION || visible.isAll) return true;
  const { action, model } = event;
  // It names neither model nor worker: whoever may see the page reads it again.
  if (action === CLUSTER_REPORTED) return may({ actor }, "cluster.read");
  const isAlert = action.startsWith("alert.");
  if (isAlert && !may({ actor }, "alert.read")) return false;
  if (model === null) {
    const isOperation = action.startsWith("operation.") && may({ actor }, "operation.read");
    return visible.kind !== "confined" && (isOperation || isAlert);
  }
  if (!visible.admits(model)) return false;
  const isPrivate = areAboutPrivate.get(event) ?? isPrivateName(ctx.db, model);
  areAboutPrivate.set(event, isPrivate);
  return visible.has({ name: model, visibility: (await isPrivate) ? "private" : "public" });
}

/** Of a model, or of one that there was. */
export async function isPrivateName(db: Ctx["db"], model: string): Promise<boolean> {
  return (await db.privateName.count({ where: { nameKey: model.toLowerCase() } })) > 0;
}
