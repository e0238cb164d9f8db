import type { FormValues } from "./form-values.ts";

/** Refusals that the form explains in the reader's language, as keys of `register.problem`. */
const EXPLAINED = {
  version_exists: "versionExists",
  version_in_trash: "versionInTrash",
  version_purged: "versionPurged",
  invalid_version: "version",
  framework_mismatch: "frameworkMismatch",
  model_in_trash: "modelInTrash",
} as const;

export function serverProblemKey(code: string | undefined): string | null {
  return Object.entries(EXPLAINED).find(([known]) => known === code)?.[1] ?? null;
}

/** Problems that the form's own check or the server's codes name; other texts are shown as they are. */
export const PROBLEMS = [
  "required",
  "name",
  "version",
  "description",
  "metadata",
  "metadataUnkept",
  "tag",
  "tagKey",
  "tagTwice",
  "versionExists",
  "versionInTrash",
  "versionPurged",
  "frameworkMismatch",
  "modelInTrash",
] as const;

export function isProblem(message: string): message is (typeof PROBLEMS)[number] {
  return PROBLEMS.some((known) => known === message);
}

/** The form field beside which the server's problem belongs (`/files/0/path`, `/tags/a`), null for none. */
export function fieldOfPointer(pointer: string, choice: FormValues["versionChoice"]) {
  switch (pointer.split("/")[1]) {
    case "file":
    case "files":
      return "files";
    case "name":
      return "name";
    case "framework":
      return "framework";
    case "version":
    case "bump":
      return choice === "typed" ? "version" : "versionChoice";
    case "description":
      return "description";
    case "metadata":
      return "metadata";
    case "tags":
      return "tags.0.key";
    default:
      return null;
  }
}
