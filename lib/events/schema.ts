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
