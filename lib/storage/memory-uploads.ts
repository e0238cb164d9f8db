import type { PartWriter, UploadArea, UploadShape } from "./contract.ts";
import { isUploadId } from "./layout.ts";
import { MemoryReader } from "./memory-reader.ts";
import { FilePartWriter } from "./part-writer.ts";

export type Place = {
  reserve: (bytes: number) => void;
  publish: (key: string, bytes: Uint8Array) => boolean;
};

/** Transfers of the memory driver: a buffer of the final size each. */
export class MemoryUploads {
  readonly #place: Place;
  readonly #uploads = new Map<string, Uint8Array>();

  constructor(place: Place) {
    this.#place = place;
  }

  open(id: string, shape: UploadShape): UploadArea {
    if (!isUploadId(id)) throw new TypeError("A transfer is named by a UUID.");
    let bytes = this.#uploads.get(id);
    if (bytes === undefined) {
      this.#place.reserve(shape.sizeBytes);
      bytes = new Uint8Array(shape.sizeBytes);
      this.#uploads.set(id, bytes);
    }
    return new MemoryUploadArea(shape, bytes, this.#place);
  }

  ids(): string[] {
    return [...this.#uploads.keys()];
  }

  remove(id: string): void {
    const bytes = this.#uploads.get(id);
    if (bytes === undefined) return;
    this.#uploads.delete(id);
    this.#place.reserve(-bytes.byteLength);
  }
}

class MemoryUploadArea implements UploadArea {
  readonly #shape: UploadShape;
  readonly #bytes: Uint8Array;
  readonly #place: Place;

  constructor(shape: UploadShape, bytes: Uint8Array, place: Place) {
    this.#shape = shape;
    this.#bytes = bytes;
    this.#place = place;
  }

  async createPartWriter(part: number): Promise<PartWriter> {
    return new FilePartWriter(this.#shape, part, {
      write: async (batch, position) => this.#bytes.set(batch, position),
      sync: async () => undefined,
    });
  }

  async openReader(): Promise<MemoryReader> {
    return new MemoryReader(this.#bytes);
  }

  async commit(key: string): Promise<{ existed: boolean }> {
    return { existed: this.#place.publish(key, new Uint8Array(this.#bytes)) };
  }

  async close(): Promise<void> {}
}
