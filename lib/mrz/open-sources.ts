import { corrupt, type SourceReader, type SourceRef } from "./format.ts";

/** `depthLeft`: how many more files may be opened behind this one. */
export type OpenSource = (source: SourceRef, depthLeft: number) => Promise<SourceReader>;

/** The other blobs that a file refers to, each opened when the first block needs it. */
export class OpenSources {
  readonly #refs: readonly SourceRef[];
  readonly #open: OpenSource;
  readonly #depthLeft: number;
  readonly #readers = new Map<number, Promise<SourceReader>>();

  constructor(refs: readonly SourceRef[], open: OpenSource, depthLeft: number) {
    this.#refs = refs;
    this.#open = open;
    this.#depthLeft = depthLeft;
  }

  /** Fills `into` from `offset` of source number `source`. Throws `storage_corrupt`. */
  async read(source: number, into: Uint8Array, offset: number): Promise<void> {
    const reader = await this.#readerOf(source);
    if ((await reader.read(into, offset)) < into.length)
      throw corrupt("a source ends before what is referred to");
  }

  async close(): Promise<void> {
    const readers = await Promise.allSettled(this.#readers.values());
    for (const reader of readers) if (reader.status === "fulfilled") await reader.value.close();
  }

  async #readerOf(source: number): Promise<SourceReader> {
    const known = this.#readers.get(source);
    if (known) return known;
    const opening = this.#openChecked(source);
    this.#readers.set(source, opening);
    try {
      return await opening;
    } catch (error) {
      this.#readers.delete(source);
      throw error;
    }
  }

  async #openChecked(source: number): Promise<SourceReader> {
    const ref = this.#refs[source];
    if (!ref) throw corrupt("a block refers to a source that is not listed");
    if (this.#depthLeft <= 0) throw corrupt("too many files need each other");
    const reader = await this.#open(ref, this.#depthLeft - 1);
    if (reader.sizeBytes === ref.sizeBytes) return reader;
    await reader.close();
    throw corrupt("a source has another length");
  }
}
