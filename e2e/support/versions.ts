import { expect } from "@playwright/test";
import { RegistryClient, type UploadedFile } from "../../tests/support/registry-client.ts";

const text = (content: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(content);

/** Registers these files through REST and answers the version. */
export async function registerFiles(
  baseURL: string,
  fields: Record<string, string>,
  files: Record<string, Uint8Array<ArrayBuffer> | string>,
) {
  const list = Object.entries(files).map(
    ([path, content]): UploadedFile => ({
      path,
      bytes: typeof content === "string" ? text(content) : content,
    }),
  );
  const answer = await new RegistryClient(baseURL).register(fields, list);
  expect(answer.status, JSON.stringify(answer.body)).toBe(201);
  return answer.body;
}

/** A pickle that names one global and stops: PROTO 2 (0x80 is not UTF-8), GLOBAL, STOP. */
export function pickleNaming(module: string, name: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from([0x80, 2, ...text(`c${module}\n${name}\n.`)]);
}
