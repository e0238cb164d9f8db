/** The wire types of `GET /events`. */
import { z } from "zod";

/** One change, as `GET /events` sends it (`event: change`). */
export const changeEventSchema = z.object({
  action: z.string(),
  model: z.string().nullable(),
  version: z.string().nullable(),
  actor: z.string(),
  at: z.iso.datetime({ offset: true }),
});
export type ChangeEventWire = z.infer<typeof changeEventSchema>;

/** These come every second or two while something goes on: only a page that shows it looks again for them. */
export const CLUSTER_REPORTED = "cluster.reported";
export const LOAD_PROGRESSED = "load.progressed";

export function isFrequent({ action }: Pick<ChangeEventWire, "action">): boolean {
  return action === CLUSTER_REPORTED || action === LOAD_PROGRESSED;
}
