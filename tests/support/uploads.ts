/** Resumable uploads over HTTP, as a client does them. */
import { createHash } from "node:crypto";
import { type Answer, RegistryClient } from "./registry-client.ts";

export type Upload = { id: string; part_size_bytes: number; parts: number; received: number[] };

export class UploadsClient {
  readonly api: RegistryClient;
  readonly #base: string;

  constructor(baseUrl: string) {
    this.api = new RegistryClient(baseUrl);
    this.#base = `${baseUrl}/api/v1/uploads`;
  }

  /** Throws unless one was begun. */
  async create(sizeBytes: number, digest?: string): Promise<Upload> {
    const answer = await this.tryCreate({ size_bytes: sizeBytes, ...(digest ? { digest } : {}) });
    if (answer.status !== 201) throw new Error(`create: ${answer.status} ${answer.body.code}`);
    return answer.body;
  }

  tryCreate(body: unknown): Promise<Answer> {
    return this.api.send("POST", "/api/v1/uploads", body);
  }

  get(id: string): Promise<Answer> {
    return this.api.get(`/api/v1/uploads/${id}`);
  }

  remove(id: string): Promise<Answer> {
    return this.api.send("DELETE", `/api/v1/uploads/${id}`);
  }

  complete(id: string): Promise<Answer> {
    return this.api.send("POST", `/api/v1/uploads/${id}/complete`);
  }

  async put(
    id: string,
    part: number | string,
    body: Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array>,
    options: { headers?: Record<string, string>; signal?: AbortSignal } = {},
  ): Promise<Answer> {
    const response = await fetch(`${this.#base}/${id}/parts/${part}`, {
      method: "PUT",
      body,
      ...options,
      ...(body instanceof ReadableStream ? { duplex: "half" } : {}),
    } as RequestInit);
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      body: text === "" ? null : JSON.parse(text),
    };
  }

  /** Sends the parts that `upload` misses, so many at once. Throws at the first that is refused. */
  async sendParts(
    upload: Upload,
    bytes: Uint8Array<ArrayBuffer>,
    parts: number[] = missingParts(upload),
    atOnce = 4,
  ): Promise<void> {
    const left = [...parts];
    const lane = async () => {
      for (let part = left.shift(); part !== undefined; part = left.shift()) {
        const answer = await this.put(upload.id, part, partOf(bytes, upload, part));
        if (answer.status !== 204)
          throw new Error(`part ${part}: ${answer.status} ${answer.body?.code}`);
      }
    };
    await Promise.all(Array.from({ length: atOnce }, lane));
  }

  /** Everything from the beginning to the digest. */
  async upload(bytes: Uint8Array<ArrayBuffer>): Promise<{ id: string; digest: string }> {
    const upload = await this.create(bytes.byteLength);
    await this.sendParts(upload, bytes);
    const answer = await this.complete(upload.id);
    if (answer.status !== 200) throw new Error(`complete: ${answer.status} ${answer.body.code}`);
    return { id: upload.id, digest: answer.body.digest };
  }
}

export function missingParts({ parts, received }: Upload): number[] {
  return Array.from({ length: parts }, (_, part) => part).filter(
    (part) => !received.includes(part),
  );
}

export function partOf(
  bytes: Uint8Array<ArrayBuffer>,
  { part_size_bytes: size }: Pick<Upload, "part_size_bytes">,
  part: number,
): Uint8Array<ArrayBuffer> {
  return bytes.subarray(part * size, (part + 1) * size);
}

export function contentDigest(bytes: Uint8Array, algorithm = "sha256"): string {
  const base64 = createHash(algorithm).update(bytes).digest("base64");
  return `${algorithm.replace("sha", "sha-")}=:${base64}:`;
}

/** So many bytes of `bytes`, and then nothing more until `signal` ends it. */
export function stalling(
  bytes: Uint8Array<ArrayBuffer>,
  count: number,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  return new ReadableStream({
    start(controller) {
      controller.enqueue(bytes.slice(0, count));
    },
  });
}
