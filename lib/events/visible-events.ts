import type { Actor } from "#lib/access/actor.ts";
import { visibleModels } from "#lib/access/visible-models.ts";
import type { ChangeEventWire } from "./schema.ts";

/** An actor learns of changes to models that it may see; only an actor who sees all models learns of other changes. */
export function visibleEvents(actor: Actor): (event: ChangeEventWire) => boolean {
  const visible = visibleModels(actor);
  return ({ model }) => (model === null ? visible.isAll : visible.has(model));
}
