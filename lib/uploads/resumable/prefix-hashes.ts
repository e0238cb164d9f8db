import { createHash, type Hash } from "node:crypto";
import { BlockSummer } from "#lib/storage/block-sums.ts";
import type { BlobReader, StorageDriver, UploadArea, UploadShape } from "#lib/storage/contract.ts";
import { blobKey } from "#lib/storage/layout.ts";

export type HashInput = { id: string; shape: UploadShape };
export type AdvanceInput = HashInput & { toBytes: number };
/** SHA-256 in lower-case hex, and the checksums of the blocks. */
export type HashedUpload = { sha256: string; blockSums: Uint8Array };
export type CommitInput = HashInput & { key: string };

/** One buffer is read while the other one is hashed; both are small enough for the processor's own cache. */
const BUFFER_BYTES = 512 * 1024;
/** Each state keeps files open. An upload whose state was dropped is hashed from its beginning again. */
const STATES_MAX = 64;

type State = {
  area: UploadArea;
  reader: BlobReader;
  hash: Hash;
  summer: BlockSummer;
  hashedBytes: number;
  /** The last call: calls follow one another. */
  last: Promise<unknown>;
  running: number;
};

/**
 * SHA-256 of the beginnings of uploads, taken further as their parts come. The instance that hashed the bytes also
 * publishes them, since a remote store must join the very parts that were read.
 */
export class PrefixHashes {
  readonly #storage: StorageDriver;
  /** The least recently used first. */
  readonly #states = new Map<string, State>();

  constructor(storage: StorageDriver) {
    this.#storage = storage;
  }

  /** Hashes on; the first `toBytes` must be there. Returns how many bytes are hashed. */
  advance(input: AdvanceInput): Promise<number> {
    return this.#withState(input, async (state) => {
      await readOn(state, input.toBytes);
      return state.hashedBytes;
    });
  }

  /** The hash of the whole, of which all parts must be there. */
  digest(input: HashInput): Promise<HashedUpload> {
    return this.#withState(input, async (state) => {
      await readOn(state, input.shape.sizeBytes);
      return { sha256: state.hash.copy().digest("hex"), blockSums: state.summer.digest() };
    });
  }

  /** Publishes the bytes that were hashed. Throws when `key` is not named by their digest. */
  commit(input: CommitInput): Promise<{ existed: boolean }> {
    return this.#withState(input, async (state) => {
      await readOn(state, input.shape.sizeBytes);
      if (blobKey(state.hash.copy().digest("hex")) !== input.key)
        throw new Error(`The parts of ${input.id} are not what was hashed before.`);
      return state.area.commit(input.key);
    });
  }

  async forget({ id }: { id: string }): Promise<void> {
    const state = this.#states.get(id);
    if (!state) return;
    this.#states.delete(id);
    await state.last;
    await state.reader.close();
    await state.area.close();
  }

  async close(): Promise<void> {
    await Promise.all([...this.#states.keys()].map((id) => this.forget({ id })));
  }

  async #withState<T>(input: HashInput, work: (state: State) => Promise<T>): Promise<T> {
    const state = this.#states.get(input.id) ?? (await this.#open(input));
    this.#states.delete(input.id);
    this.#states.set(input.id, state);
    state.running += 1;
    const result = state.last.then(() => work(state));
    state.last = result.catch(() => undefined);
    try {
      return await result;
    } catch (error) {
      // Half of a buffer may be hashed already, so the next call begins anew.
      if (this.#states.get(input.id) === state) await this.forget(input);
      throw error;
    } finally {
      state.running -= 1;
    }
  }

  async #open({ id, shape }: HashInput): Promise<State> {
    await this.#makeRoom();
    const area = await this.#storage.openUpload(id, shape);
    try {
      const reader = await area.openReader();
      const hash = createHash("sha256");
      const made = {
        area,
        reader,
        hash,
        summer: new BlockSummer(),
        hashedBytes: 0,
        last: Promise.resolve(),
        running: 0,
      };
      const first = this.#states.get(id);
      if (!first) {
        this.#states.set(id, made);
        return made;
      }
      await reader.close();
      await area.close();
      return first;
    } catch (error) {
      await area.close();
      throw error;
    }
  }

  async #makeRoom(): Promise<void> {
    if (this.#states.size < STATES_MAX) return;
    const idle = [...this.#states].find(([, state]) => state.running === 0);
    if (idle) await this.forget({ id: idle[0] });
  }
}

const spares: Buffer[] = [];
const takeBuffer = () => spares.pop() ?? Buffer.allocUnsafeSlow(BUFFER_BYTES);

async function readOn(state: State, toBytes: number): Promise<void> {
  let [current, next] = [takeBuffer(), takeBuffer()];
  const read = async (into: Buffer, at: number) => {
    const wanted = into.subarray(0, Math.max(0, Math.min(into.length, toBytes - at)));
    const count = wanted.length === 0 ? 0 : await state.reader.read(wanted, at);
    return wanted.subarray(0, count);
  };
  let chunk = await read(current, state.hashedBytes);
  while (chunk.length > 0) {
    const reading = read(next, state.hashedBytes + chunk.length);
    // A failure of this read is seen below, after this chunk.
    reading.catch(() => {});
    state.hash.update(chunk);
    state.summer.update(chunk);
    state.hashedBytes += chunk.length;
    chunk = await reading;
    [current, next] = [next, current];
  }
  if (state.hashedBytes < toBytes) throw new Error(`The upload ends at ${state.hashedBytes}.`);
  if (spares.length < 4) spares.push(current, next);
}
