/** The wire types of `GET /alerts`. */
import { z } from "zod";

const time = z.iso.datetime({ offset: true });

export const alertSchema = z.object({
  id: z.string(),
  kind: z.string(),
  severity: z.enum(["warning", "critical"]),
  subject: z.string(),
  detail: z.record(z.string(), z.unknown()),
  opened_at: time,
  last_seen_at: time,
  resolved_at: time.nullable(),
});
export type AlertWire = z.infer<typeof alertSchema>;
