import { z } from "zod";
import type { ChosenFile } from "@/components/registration/chosen-files.ts";
import {
  bumpSchema,
  descriptionSchema,
  frameworkSchema,
  metadataSchema,
  modelNameSchema,
  tagsSchema,
  versionTextSchema,
} from "@/lib/models/schema.ts";

/** semver.org's grammar, shortened; the server has the last word. */
const SEMANTIC_VERSION = /^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?$/;

/** `message`s are keys of `register.problem`, which the form translates. */
export const formSchema = z
  .object({
    name: z.string().refine((name) => modelNameSchema.safeParse(name).success, "name"),
    framework: z.union([z.literal(""), frameworkSchema]),
    /** `first` is 1.0.0 of a new model; `typed` takes `version`. */
    versionChoice: z.enum(["first", ...bumpSchema.options, "typed"]),
    version: z.string().trim(),
    description: z
      .string()
      .refine((text) => descriptionSchema.safeParse(text).success, "description"),
    tags: z.array(z.object({ key: z.string().trim(), value: z.string().trim() })),
    metadata: z.string().refine((text) => parseMetadata(text) !== null, "metadata"),
  })
  .superRefine((values, context) => {
    const version = versionTextSchema.safeParse(values.version).data ?? "";
    if (values.versionChoice === "typed" && !SEMANTIC_VERSION.test(version))
      context.addIssue({ code: "custom", path: ["version"], message: "version" });
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

/** The metadata of the text, `{}` for none; null when it is not a JSON object the server would take. */
export function parseMetadata(text: string): Record<string, unknown> | null {
  if (text.trim() === "") return {};
  try {
    return metadataSchema.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}

/**
 * The form as the multipart fields of `POST /models`; what is empty is left out. `detected` is the guess
 * that the form proposed: left as it is, nobody declared it, and the server reads the bytes by itself.
 */
export function toFields(
  values: FormValues,
  detected: FormValues["framework"] | null,
): Record<string, string> {
  const fields: Record<string, string> = { name: values.name };
  if (values.framework !== "" && values.framework !== detected) fields.framework = values.framework;
  if (values.versionChoice === "typed") fields.version = values.version;
  else if (values.versionChoice === "first") fields.version = "1.0.0";
  else fields.bump = values.versionChoice;
  if (values.description.trim() !== "") fields.description = values.description;
  const tags = Object.fromEntries(
    values.tags.filter(({ key }) => key !== "").map(({ key, value }) => [key, value]),
  );
  if (Object.keys(tags).length > 0) fields.tags = JSON.stringify(tags);
  if (values.metadata.trim() !== "") fields.metadata = values.metadata;
  return fields;
}

/** Fields first, so that the server can refuse them before gigabytes; each file under its path. */
export function toFormData(
  fields: Readonly<Record<string, string>>,
  files: readonly ChosenFile[],
): FormData {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  for (const { path, file } of files) form.append("file", file, path);
  return form;
}
