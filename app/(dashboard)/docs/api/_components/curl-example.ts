/** A curl command for an operation, with plausible values. Pure. */
import type { Schema } from "./schema-fields.ts";

const PATH_VALUES: Record<string, string> = {
  name: "my-model",
  ref: "1.0.0",
  path: "model.safetensors",
  alias: "champion",
};
const BODY_VALUES: Record<string, unknown> = {
  name: "my-model",
  version: "1.0.0",
  stage: "production",
  description: "Detects cats",
  owner: "vision-team",
  tags: { team: "vision" },
};

/** Single quotes keep everything from the shell; a quote inside is closed, escaped and opened again. */
const quote = (text: string) => `'${text.replaceAll("'", String.raw`'\''`)}'`;

export function curlExample(operation: {
  method: string;
  path: string;
  origin: string;
  content: Record<string, { schema?: Schema }>;
}): string {
  const { method, origin, content } = operation;
  const path = operation.path.replace(/\{(\w+)\}/g, (_, key: string) => PATH_VALUES[key] ?? key);
  const parts = ["curl"];
  const lines: string[] = [];
  if (method === "HEAD") parts.push("-I");
  else if (path.endsWith("/events")) parts.push("-N");
  else if (/\/(download$|files\/)/.test(path)) parts.push("-OJ");
  const isMultipart = "multipart/form-data" in content;
  const json = content["application/json"]?.schema;
  if (isMultipart) {
    if (!operation.path.includes("{name}")) lines.push("-F name=my-model");
    lines.push("-F file=@model.safetensors");
  } else if (method !== "GET" && method !== "HEAD") {
    parts.push(`-X ${method}`);
    if (json) {
      lines.push("-H 'Content-Type: application/json'");
      lines.push(`-d ${quote(JSON.stringify(exampleOf(json)))}`);
    }
  }
  return [`${parts.join(" ")} ${origin}${path}`, ...lines.map((line) => `  ${line}`)].join(" \\\n");
}

/** The required fields, or else the first one: enough to be accepted. */
function exampleOf(schema: Schema): unknown {
  const keys = schema.required ?? Object.keys(schema.properties ?? {}).slice(0, 1);
  return Object.fromEntries(
    keys.map((key) => [key, BODY_VALUES[key] ?? schema.properties?.[key]?.enum?.[0] ?? ""]),
  );
}
