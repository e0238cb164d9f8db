import { MAX_SOURCES, type SourceReader, type SourceRef } from "./format.ts";

/** The blobs that a file refers to, in the order of their first use. */
export class SourceList {
  readonly refs: SourceRef[] = [];
  readonly #maxChainDepth: number;
  #chainDepth = 0;

  constructor(maxChainDepth: number) {
    this.#maxChainDepth = maxChainDepth;
  }

  /** 0 without sources. */
  get chainDepth(): number {
    return this.#chainDepth;
  }

  /** Whether another blob may be referred to at all. */
  get isOpen(): boolean {
    return this.#maxChainDepth > 0;
  }

  accepts({ sha256 }: SourceRef, reader: Pick<SourceReader, "chainDepth">): boolean {
    if ((reader.chainDepth ?? 0) >= this.#maxChainDepth) return false;
    return this.refs.length < MAX_SOURCES || this.refs.some((ref) => ref.sha256 === sha256);
  }

  /** Its number in the file; only for one that `accepts` took. */
  use({ sha256, sizeBytes }: SourceRef, reader: Pick<SourceReader, "chainDepth">): number {
    const known = this.refs.findIndex((ref) => ref.sha256 === sha256);
    if (known >= 0) return known;
    this.#chainDepth = Math.max(this.#chainDepth, (reader.chainDepth ?? 0) + 1);
    return this.refs.push({ sha256, sizeBytes }) - 1;
  }
}
