/** The wire types of resumable uploads. */
import { z } from "zod";

const digest = z
  .string()
  .regex(/^sha256:[0-9a-f]{64}$/, "Use sha256: and 64 lower-case hex digits.");
const timestamp = z.iso.datetime();

export const createUploadBody = z.strictObject({
  size_bytes: z.int().min(0),
  digest: digest.optional().meta({
    description: "What the whole will be. It is compared when the upload is completed.",
  }),
});
export type CreateUpload = z.output<typeof createUploadBody>;

export const uploadSchema = z.object({
  id: z.uuid(),
  size_bytes: z.int(),
  part_size_bytes: z.int().meta({ description: "Every part but the last has this length." }),
  parts: z.int().meta({ description: "How many parts there are; they are numbered from 0." }),
  received: z.array(z.int()).meta({ description: "Parts that are stored, in their order." }),
  digest: digest
    .nullable()
    .meta({ description: "The whole's, once it is complete; null before that." }),
  expires_at: timestamp,
});
export type UploadWire = z.output<typeof uploadSchema>;

/** The registry has these bytes in a version that the actor may read: name the digest in `files`. */
export const storedSchema = z.object({ stored: z.literal(true) });
export const completedUploadSchema = z.object({ digest, size_bytes: z.int() });
export type CompletedUpload = z.output<typeof completedUploadSchema>;

/** Ids are made here, so that anything but a UUID in lower case is none of them. */
const id = z
  .string()
  .regex(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/, "Not an id of an upload.");
export const uploadParams = z.object({ id });
export const partParams = z.object({
  id,
  part: z
    .string()
    .regex(/^(0|[1-9]\d{0,4})$/, "A part is named by its number, from 0.")
    .transform(Number),
});
