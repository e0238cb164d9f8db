/** About 20 MB with their blocks. The longest unasked file is forgotten first. */
const REMEMBERED = 50_000;
/** A medium may rot without anybody writing to the file, so an older reading proves nothing any more. */
const FRESH_MS = 10 * 60 * 1000;

/** Blocks of one file, by number. */
export class BlockSet {
  readonly #bits: Uint8Array;

  constructor(blocks: number) {
    this.#bits = new Uint8Array(Math.ceil(blocks / 8));
  }

  has(block: number): boolean {
    return ((this.#bits[block >> 3] ?? 0) & (1 << (block & 7))) !== 0;
  }

  add(block: number): void {
    this.#bits[block >> 3] = (this.#bits[block >> 3] ?? 0) | (1 << (block & 7));
  }

  addAll(): void {
    this.#bits.fill(0xff);
  }
}

type File = { revision: string; since: number; blocks: BlockSet };

/**
 * Which blocks of which raw files this process has read a short while ago and found right. They need not be summed
 * again as long as the file is the same, so that hot files are sent as fast as they can be read.
 */
export class TrustedBlocks {
  readonly #files = new Map<string, File>();

  /** The trusted blocks of the file as it is now. */
  of(sha256: string, revision: string, blocks: number): BlockSet {
    let file = this.#files.get(sha256);
    const now = performance.now();
    if (file?.revision !== revision || now - file.since > FRESH_MS)
      file = { revision, since: now, blocks: new BlockSet(blocks) };
    this.#files.delete(sha256);
    this.#files.set(sha256, file);
    for (const oldest of this.#files.keys()) {
      if (this.#files.size <= REMEMBERED) break;
      this.#files.delete(oldest);
    }
    return file.blocks;
  }
}
