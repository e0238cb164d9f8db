/** A thin HTTP client for tests: real requests to a real server. */
import { createHash } from "node:crypto";

export type UploadedFile = { path: string; bytes: Uint8Array<ArrayBuffer> };
export type Answer = { status: number; headers: Headers; body: Json };
// biome-ignore lint/suspicious/noExplicitAny: tests read JSON of many shapes and assert each value
type Json = any;

export class RegistryClient {
  readonly baseUrl: string;
  constructor(baseUrl: string) {
    this.baseUrl = baseUrl;
  }

  async send(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer> {
    const response = await fetch(this.baseUrl + path, {
      method,
      headers: body === undefined ? headers : { "Content-Type": "application/json", ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return toAnswer(response);
  }

  get(path: string, headers: Record<string, string> = {}): Promise<Answer> {
    return this.send("GET", path, undefined, headers);
  }

  /** Multipart registration; the text fields go first. */
  async register(
    fields: Record<string, string>,
    files: UploadedFile[],
    options: { path?: string; headers?: Record<string, string> } = {},
  ): Promise<Answer> {
    const form = new FormData();
    for (const [key, value] of Object.entries(fields)) form.append(key, value);
    for (const { path, bytes } of files) form.append("file", new Blob([bytes]), path);
    const response = await fetch(this.baseUrl + (options.path ?? "/api/v1/models"), {
      method: "POST",
      body: form,
      headers: options.headers ?? {},
    });
    return toAnswer(response);
  }

  async download(path: string, headers: Record<string, string> = {}) {
    const response = await fetch(this.baseUrl + path, { headers });
    const bytes = new Uint8Array(await response.arrayBuffer());
    return { status: response.status, headers: response.headers, bytes };
  }
}

async function toAnswer(response: Response): Promise<Answer> {
  const text = await response.text();
  const isJson = text !== "" && /json/.test(response.headers.get("content-type") ?? "");
  return {
    status: response.status,
    headers: response.headers,
    body: isJson ? JSON.parse(text) : text,
  };
}

export function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
