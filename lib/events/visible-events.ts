import type { Actor } from "#lib/access/actor.ts";
import { visibleModels } from "#lib/access/visible-models.ts";
import type { ChangeEventWire } from "./schema.ts";

/** Which changes an actor learns of: those of models it may see, and only whoever sees all learns of the others. */
export function visibleEvents(actor: Actor): (event: ChangeEventWire) => boolean {
  const visible = visibleModels(actor);
  return ({ model }) => (model === null ? visible.isAll : visible.has(model));
}
