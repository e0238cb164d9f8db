import { expect } from "@playwright/test";
import { tinyModel } from "../../tests/support/model-files.ts";
import { RegistryClient } from "../../tests/support/registry-client.ts";

/** A prefix that no other test uses, so that journeys share a server without meeting. */
export function uniquePrefix(word: string): string {
  return `${word}-${Date.now().toString(36)}${Math.floor(Math.random() * 1e6).toString(36)}`;
}

/** Registers a small real model through REST. */
export async function registerModel(
  baseURL: string,
  name: string,
  options: { elements?: number; tags?: Record<string, string>; description?: string } = {},
): Promise<void> {
  const client = new RegistryClient(baseURL);
  const fields: Record<string, string> = { name };
  if (options.tags) fields.tags = JSON.stringify(options.tags);
  if (options.description) fields.description = options.description;
  const bytes = tinyModel(1, options.elements ?? 4);
  const answer = await client.register(fields, [{ path: "model.safetensors", bytes }]);
  expect(answer.status, JSON.stringify(answer.body)).toBe(201);
}
