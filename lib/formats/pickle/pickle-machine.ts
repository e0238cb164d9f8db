/**
 * Follows a pickle's opcodes symbolically: it knows which names a stream resolves and what it would call,
 * and never resolves or calls anything. Each branch mirrors Python's Lib/pickle.py, except that it goes on
 * where Python raises (the first such place is `stack.problem`).
 */

import type { PickleGlobal } from "../bytes/reader.ts";
import {
  handsOverBound,
  isBinder,
  isBound,
  isEmptyBinding,
  isHarmlessBinding,
  isHarmlessState,
  isPlainBinding,
  isPlainState,
} from "./pickle-binders.ts";
import { executeData } from "./pickle-data.ts";
import { decodeIndex } from "./pickle-decode.ts";
import {
  isDistribution,
  isDistributionClass,
  isPlainDistribution,
} from "./pickle-distributions.ts";
import { OP as OPCODES } from "./pickle-opcodes.ts";
import { PickleStack } from "./pickle-stack.ts";
import { isObject, OPAQUE, type PickleValue } from "./pickle-values.ts";

/** A local name: bundlers make a getter of an imported name, and the switch would call it for every case. */
const OP = OPCODES;

/** Checkpoints of whole models name some hundred classes. */
const MAX_GLOBALS = 10_000;
const MAX_PERSISTENT_IDS = 1_000_000;
/** A recorded call weighs as much as so many plain values. */
const CALL_COST = 4;

export class PickleMachine {
  readonly stack = new PickleStack();
  readonly globals = new Map<string, PickleGlobal>();
  /** Code -> where it was first met. */
  readonly oddities = new Map<string, number>();
  /** What persistent ids name outside of the stream: PyTorch's storages. */
  readonly persistentIds: PickleValue[] = [];
  /** Distributions, and empty `numpy.vectorize` objects, that have not been given the state that SciPy writes. */
  readonly #unproven = new Set<PickleValue>();
  #bindsOther = false;
  /** What STOP returned. */
  result: PickleValue = OPAQUE;
  /** Highest protocol that a PROTO opcode announced; 0 without one. */
  protocol = 0;

  /**
   * Executes one opcode whose argument's content is `buffer[start, end)`; of two lines, `[start, middle)`
   * is the first.
   */
  execute(op: number, buffer: Buffer, start: number, end: number, middle: number): void {
    const value = this.#execute(op, buffer, start, end, middle);
    if (value !== undefined) this.stack.push(value);
  }

  /** What the opcode pushes, if it pushes. */
  #execute(
    op: number,
    buffer: Buffer,
    start: number,
    end: number,
    middle: number,
  ): PickleValue | undefined {
    const { stack } = this;
    switch (op) {
      case OP.MARK:
        stack.mark();
        return;
      case OP.POP:
        stack.discard();
        return;
      case OP.POP_MARK:
        stack.popToMark();
        return;
      case OP.DUP:
        return stack.top();
      case OP.STOP:
        this.result = stack.pop();
        return;
      case OP.PROTO:
        this.protocol = Math.max(this.protocol, buffer[start] as number);
        if (this.protocol > 5) stack.fail("its protocol is unknown");
        return;
      case OP.FRAME:
        return;
      case OP.GET:
        return stack.get(decodeIndex(buffer, start, end));
      case OP.BINGET:
        return stack.get(buffer[start] as number);
      case OP.LONG_BINGET:
        return stack.get(buffer.readUInt32LE(start));
      case OP.PUT:
        stack.put(decodeIndex(buffer, start, end));
        return;
      case OP.BINPUT:
        stack.put(buffer[start] as number);
        return;
      case OP.LONG_BINPUT:
        stack.put(buffer.readUInt32LE(start));
        return;
      case OP.MEMOIZE:
        stack.memoize();
        return;
      case OP.GLOBAL:
        return this.#global(
          buffer.toString("utf8", start, middle),
          buffer.toString("utf8", middle + 1, end),
        );
      case OP.STACK_GLOBAL: {
        const name = stack.pop();
        const module = stack.pop();
        return this.#stackGlobal(module, name);
      }
      case OP.EXT1:
        return this.#extension(buffer[start] as number);
      case OP.EXT2:
        return this.#extension(buffer.readUInt16LE(start));
      case OP.EXT4:
        return this.#extension(buffer.readInt32LE(start));
      case OP.PERSID:
        return this.#persistent(buffer.toString("utf8", start, end));
      case OP.BINPERSID:
        return this.#persistent(stack.pop());
      case OP.INST: {
        const args = stack.popToMark();
        const callee = this.#global(
          buffer.toString("utf8", start, middle),
          buffer.toString("utf8", middle + 1, end),
        );
        return this.#call(callee, { kind: "tuple", items: args });
      }
      case OP.OBJ: {
        const [callee = OPAQUE, ...args] = stack.popToMark(1);
        return this.#call(callee, { kind: "tuple", items: args });
      }
      case OP.REDUCE:
      case OP.NEWOBJ: {
        const args = stack.pop();
        return this.#call(stack.popCallee(), args);
      }
      case OP.NEWOBJ_EX: {
        stack.pop();
        const args = stack.pop();
        return this.#call(stack.popCallee(), args);
      }
      case OP.BUILD:
        this.#build();
        return;
      default:
        if (op === OP.NEXT_BUFFER) this.#noteOddity("pickle_external_buffer");
        return executeData(op, stack, buffer, start, end);
    }
  }

  /** Executes an opcode whose counted argument is too long to be looked at. */
  executeSkipped(op: number, length: number): void {
    const isText = op === OP.BINUNICODE || op === OP.BINUNICODE8;
    this.stack.push(isText || op === OP.LONG4 ? OPAQUE : { kind: "bytes", length });
  }

  #build(): void {
    const state = this.stack.pop();
    const target = this.stack.top();
    if (!isObject(target)) return;
    if (!isPlainState(target, state)) this.#misuseBinders();
    if (isDistribution(target) ? isPlainDistribution(state) : isHarmlessState(target, state)) {
      this.#unproven.delete(target);
    } else if (isDistribution(target) || isBound(target)) this.#bindsOther = true;
    if (target.kind === "call") target.state = state;
    // No pickler sets attributes of a class or function itself: who does so re-wires an allowed one.
    else if (target.kind === "global") this.#noteOddity("pickle_patches_global");
  }

  #call(callee: PickleValue, args: PickleValue): PickleValue {
    // After a problem an unpickler would have stopped: later names are listed, but nothing calls them.
    const isReached = this.stack.problem === null;
    if (isBinder(callee) && !isPlainBinding(callee, args)) this.#misuseBinders();
    if (isBound(callee) || handsOverBound(callee, args)) this.#misuseBinders();
    if (isObject(callee) && callee.kind === "global") {
      this.#note(callee.module, callee.name, isReached);
    } else if (isReached) this.#noteOddity("pickle_computed_call");
    if (isBinder(callee) && !isHarmlessBinding(callee, args)) this.#bindsOther = true;
    const result = this.stack.made(
      { kind: "call", callee, args, state: undefined, items: [], entries: [] },
      CALL_COST,
    );
    if (isDistribution(result) || isEmptyBinding(callee, args)) this.#unproven.add(result);
    return result;
  }

  /** Notes that a bound function is called, or that nobody can say what was bound. */
  #misuseBinders(): void {
    this.stack.hasLeaked = true;
  }

  /** Globals in the order of their mention; `isBinding` tells harmless binders from ways to run code. */
  listGlobals(): PickleGlobal[] {
    const isPlain = this.stack.problem === null && !this.stack.hasLeaked;
    const isProven = isPlain && !this.#bindsOther && this.#unproven.size === 0;
    return [...this.globals.values()].map((found) => {
      if (!found.isCalled || !isPlain) return found;
      if (isBinder({ kind: "global", ...found })) return { ...found, isBinding: true, isProven };
      return isDistributionClass(found.module, found.name) ? { ...found, isProven } : found;
    });
  }

  #stackGlobal(module: PickleValue, name: PickleValue): PickleValue {
    if (typeof module === "string" && typeof name === "string") return this.#global(module, name);
    // Python refuses a name that is no string, so this matters only while its stack equals ours.
    if (this.stack.problem === null) this.#noteOddity("pickle_computed_name");
    return OPAQUE;
  }

  #extension(code: number): PickleValue {
    this.#noteOddity("pickle_extension");
    return this.#global("copyreg.extension", String(code));
  }

  #persistent(id: PickleValue): PickleValue {
    if (this.persistentIds.length < MAX_PERSISTENT_IDS) this.persistentIds.push(id);
    return this.stack.made({ kind: "persistent", id }, 1);
  }

  #global(module: string, name: string): PickleValue {
    this.#note(module, name, false);
    const found: PickleValue = { kind: "global", module, name };
    if (isBinder(found)) this.stack.watch(isBinder);
    return found;
  }

  #noteOddity(code: string): void {
    if (!this.oddities.has(code)) this.oddities.set(code, this.stack.at);
  }

  #note(module: string, name: string, isCalled: boolean): void {
    const key = `${module}\n${name}`;
    const known = this.globals.get(key);
    if (known) known.isCalled ||= isCalled;
    else if (this.globals.size < MAX_GLOBALS) {
      this.globals.set(key, { module, name, isCalled, offset: this.stack.at });
    } else this.stack.fail("it names unreasonably many globals");
  }
}
