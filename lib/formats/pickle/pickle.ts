/**
 * Lists what a pickle names and describes, by its opcodes, without unpickling it. The stream is read in
 * windows and long strings are skipped, so that memory does not grow with the file.
 */
import { setImmediate as nextTurn } from "node:timers/promises";
import type { PickleGlobal, PickleOddity } from "../bytes/reader.ts";
import type { ByteSource } from "../contract.ts";
import { PickleMachine } from "./pickle-machine.ts";
import { ARG as ARG_LAYOUTS, LAYOUTS as LAYOUT_OF, OP as OPCODES } from "./pickle-opcodes.ts";
import type { PickleValue } from "./pickle-values.ts";

/** Local names: bundlers make getters of imported ones, and every opcode would call them. */
const ARG = ARG_LAYOUTS;
const LAYOUTS = LAYOUT_OF;
const OP = OPCODES;

/** Small enough that one window is parsed within a few milliseconds of the event loop. */
const WINDOW_BYTES = 512 * 1024;
/** Longer texts and byte strings are known by their length only. No module path is near it. */
const MAX_KEPT_BYTES = 64 * 1024;
/** Protocol 0 writes arrays as one line. */
const MAX_LINE_BYTES = 64 * 1024 * 1024;
/** A checkpoint of a million tensors has some 30 million opcodes. */
export const MAX_OPCODES = 150_000_000;

export type PickleStream = {
  globals: PickleGlobal[];
  oddities: PickleOddity[];
  protocol: number;
  parsedToEnd: boolean;
  problem: string | null;
  /** Where that was met. */
  problemAt: number | null;
  root: PickleValue;
  persistentIds: readonly PickleValue[];
  /** Offset after STOP, or where parsing ended. */
  endOffset: number;
  /** Opcodes that were executed, which is the cost of following the stream. */
  opcodes: number;
};

/** True for a pickle of protocol 2 or later, by its first two bytes. Older ones have no mark. */
export function hasPickleMark(head: Uint8Array): boolean {
  const protocol = head[1] ?? 0;
  return head[0] === OP.PROTO && protocol >= 2 && protocol <= 5;
}

export type PickleOptions = {
  offset?: number;
  maxOpcodes?: number;
  /**
   * Called after BUILD: bytes to jump over because the object reads them from the file itself (joblib); null
   * when it reads some and nobody can say how many.
   */
  bytesAfterBuild?: (
    built: PickleValue,
    offset: number,
    globals: ReadonlyMap<string, PickleGlobal>,
  ) => Promise<number | null>;
};

/** Follows one stream from `offset` to its STOP. Throws only what reading throws. */
export async function parsePickle(
  source: ByteSource,
  options: PickleOptions = {},
): Promise<PickleStream> {
  const machine = new PickleMachine();
  const run = new PickleRun(machine, options);
  const startsAt = source.startsAt ?? 0;
  let at = options.offset ?? 0;
  let wanted = WINDOW_BYTES;
  while (!run.isStopped) {
    const bytes = await source.read(at, wanted);
    const before = at;
    const isLast = at + bytes.length >= source.sizeBytes || bytes.length < wanted;
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    at += run.parse(buffer, isLast, startsAt + at);
    if (run.built !== null && options.bytesAfterBuild) {
      const skipped = await options.bytesAfterBuild(run.built, at, machine.globals);
      if (skipped === null) {
        machine.stack.fail("the size of an array in it cannot be told");
        break;
      }
      run.skipped += skipped;
      run.built = null;
    }
    at += run.skipped;
    run.skipped = 0;
    if (run.isStopped) break;
    if (at > source.sizeBytes || (isLast && at === before)) {
      machine.stack.at = startsAt + at;
      machine.stack.fail("it is cut short");
      break;
    }
    // No progress within a whole window: one opcode is longer than it.
    wanted = at === before ? wanted * 2 : WINDOW_BYTES;
    if (wanted > MAX_LINE_BYTES) {
      machine.stack.fail("a line in it is unreasonably long");
      break;
    }
    await nextTurn();
  }
  return {
    globals: machine.listGlobals(),
    oddities: [...machine.oddities].map(([code, offset]) => ({ code, offset })),
    protocol: machine.protocol,
    parsedToEnd: run.hasStop && machine.stack.problem === null,
    problem: machine.stack.problem,
    problemAt: machine.stack.problemAt,
    root: machine.result,
    persistentIds: machine.persistentIds,
    endOffset: Math.min(at, source.sizeBytes),
    opcodes: run.opcodes,
  };
}

class PickleRun {
  readonly #machine: PickleMachine;
  readonly #stopsAfterBuild: boolean;
  readonly #maxOpcodes: number;
  opcodes = 0;
  hasStop = false;
  isStopped = false;
  /** Bytes after those that `parse` consumed which nobody needs to see. */
  skipped = 0;
  /** The object that the BUILD opcode at the end of `parse` had built. */
  built: PickleValue = null;

  constructor(machine: PickleMachine, options: PickleOptions) {
    this.#machine = machine;
    this.#maxOpcodes = options.maxOpcodes ?? MAX_OPCODES;
    this.#stopsAfterBuild = options.bytesAfterBuild !== undefined;
  }

  /**
   * Executes the opcodes that are wholly in `buffer`, whose first byte is at `bufferAt` of the file; returns the bytes
   * that they took.
   */
  parse(buffer: Buffer, isLast: boolean, bufferAt: number): number {
    const machine = this.#machine;
    let at = 0;
    while (at < buffer.length) {
      const op = buffer[at] as number;
      machine.stack.at = bufferAt + at;
      const layout = LAYOUTS[op] as number;
      let start = at + 1;
      let end: number;
      let next: number;
      let middle = start;
      if (layout <= ARG.FIXED8) {
        if (layout === ARG.INVALID) return this.#stop(at, "it has a byte that is no opcode");
        end = next = at + layout;
        if (next > buffer.length) return at;
      } else if (layout <= ARG.TWO_LINES) {
        middle = buffer.indexOf(10, start);
        if (middle < 0) return at;
        end = layout === ARG.LINE ? middle : buffer.indexOf(10, middle + 1);
        // Python takes the end of the file for a line's end, and its last character for the line feed.
        if (end < 0 && isLast && buffer.length > middle + 1) end = buffer.length - 1;
        if (end < 0) return at;
        next = end + 1;
      } else {
        const width = layout === ARG.COUNTED1 ? 1 : layout === ARG.COUNTED4 ? 4 : 8;
        start += width;
        if (start > buffer.length) return at;
        const length = countAt(buffer, at + 1, width);
        if (length > MAX_KEPT_BYTES) {
          if (!Number.isSafeInteger(length)) return this.#stop(at, "it is cut short");
          machine.executeSkipped(op, length);
          const inside = Math.min(length, buffer.length - start);
          this.skipped = length - inside;
          at = start + inside;
          if (this.skipped > 0 || !this.#count()) return at;
          continue;
        }
        end = next = start + length;
        if (next > buffer.length) return at;
      }
      machine.execute(op, buffer, start, end, middle);
      at = next;
      if (op === OP.STOP) {
        this.hasStop = true;
        this.isStopped = true;
        return at;
      }
      if (!this.#count()) return at;
      if (op === OP.BUILD && this.#stopsAfterBuild) {
        this.built = machine.stack.top();
        return at;
      }
    }
    return at;
  }

  #count(): boolean {
    this.opcodes += 1;
    if (this.opcodes < this.#maxOpcodes) return true;
    this.#stop(0, "it has unreasonably many opcodes");
    return false;
  }

  #stop(at: number, problem: string): number {
    this.#machine.stack.fail(problem);
    this.isStopped = true;
    return at;
  }
}

function countAt(buffer: Buffer, at: number, width: number): number {
  if (width === 1) return buffer[at] as number;
  if (width === 4) return buffer.readUInt32LE(at);
  return Number(buffer.readBigUInt64LE(at));
}
