import { z } from "zod";
import { isRegistryError } from "#lib/errors.ts";
import {
  bumpSchema,
  metadataSchema,
  tagsSchema,
  versionTextSchema,
} from "#lib/models/request-schema.ts";
import { modelNameSchema } from "#lib/wire/names.ts";
import { parseJson } from "#lib/wire/parse-json.ts";
import { descriptionSchema, frameworkSchema } from "#lib/wire/words.ts";

/** semver.org's grammar, shortened; the server has the last word. */
const SEMANTIC_VERSION = /^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?$/;

/** `message`s are keys of `register.problem`, which the form translates. */
export const formSchema = z
  .object({
    name: z
      .string()
      .min(1, { error: "required", abort: true })
      .refine((name) => modelNameSchema.safeParse(name).success, "name"),
    framework: z.union([z.literal(""), frameworkSchema]),
    /** `first` is 1.0.0 of a new model; with `typed` the field `version` counts. */
    versionChoice: z.enum(["first", ...bumpSchema.options, "typed"]),
    version: z.string().trim(),
    description: z
      .string()
      .refine((text) => descriptionSchema.safeParse(text).success, "description"),
    tags: z.array(z.object({ key: z.string().trim(), value: z.string().trim() })),
    metadata: z.string().superRefine((text, context) => {
      const { problem } = readMetadata(text);
      if (problem !== null) context.addIssue({ code: "custom", message: problem });
    }),
  })
  .superRefine((values, context) => {
    const version = versionTextSchema.safeParse(values.version).data ?? "";
    if (values.versionChoice === "typed" && !SEMANTIC_VERSION.test(version))
      context.addIssue({
        code: "custom",
        path: ["version"],
        message: values.version === "" ? "required" : "version",
      });
    checkTags(values.tags, context);
  });
export type FormValues = z.infer<typeof formSchema>;

export const EMPTY_FORM: FormValues = {
  name: "",
  framework: "",
  versionChoice: "first",
  version: "",
  description: "",
  tags: [],
  metadata: "",
};

function checkTags(tags: FormValues["tags"], context: z.core.$RefinementCtx): void {
  const seen = new Set<string>();
  for (const [index, { key, value }] of tags.entries()) {
    const report = (message: string) =>
      context.addIssue({ code: "custom", path: ["tags", index, "key"], message });
    if (key === "" && value !== "") report("tagKey");
    else if (seen.has(key) && key !== "") report("tagTwice");
    else if (key !== "" && !tagsSchema.safeParse({ [key]: value }).success) report("tag");
    seen.add(key);
  }
}

type Metadata =
  | { value: Record<string, unknown>; problem: null }
  | { value: null; problem: "metadata" | "metadataUnkept" };

/** The metadata in the text, `{}` for none; `metadataUnkept` is JSON that would not come back as it was written. */
function readMetadata(text: string): Metadata {
  if (text.trim() === "") return { value: {}, problem: null };
  try {
    const { data } = metadataSchema.safeParse(parseJson(text));
    return data ? { value: data, problem: null } : { value: null, problem: "metadata" };
  } catch (error) {
    return { value: null, problem: isRegistryError(error) ? "metadataUnkept" : "metadata" };
  }
}

/**
 * The form as the body of `POST /models`, without its files; empty fields are left out. `detected` is the framework
 * that the form proposed: if it was left as it is, nobody declared it, and the server reads the bytes by itself.
 */
export function toBody(
  values: FormValues,
  detected: FormValues["framework"] | null,
): Record<string, unknown> {
  const body: Record<string, unknown> = { name: values.name };
  if (values.framework !== "" && values.framework !== detected) body.framework = values.framework;
  if (values.versionChoice === "typed") body.version = values.version;
  else if (values.versionChoice === "first") body.version = "1.0.0";
  else body.bump = values.versionChoice;
  if (values.description.trim() !== "") body.description = values.description;
  const tags = Object.fromEntries(
    values.tags.filter(({ key }) => key !== "").map(({ key, value }) => [key, value]),
  );
  if (Object.keys(tags).length > 0) body.tags = tags;
  if (values.metadata.trim() !== "") body.metadata = readMetadata(values.metadata).value;
  return body;
}
