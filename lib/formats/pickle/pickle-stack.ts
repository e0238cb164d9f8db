/** Stack, marks and memo of the pickle machine, as CPython has them, with caps and without exceptions. */
import { OPAQUE, type PickleObject, type PickleValue } from "./pickle-values.ts";

/** Picklers put at most some thousand values on the stack between two marks. */
const MAX_STACK = 4_000_000;
/** One entry per distinct object: the largest vocabularies have some million words. */
const MAX_MEMO = 8_000_000;
/** Values that containers keep; what comes later is followed and forgotten, to bound memory. */
const MAX_KEPT_VALUES = 3_000_000;

export class PickleStack {
  readonly #values: PickleValue[] = [];
  readonly #marks: number[] = [];
  /** Indexes 0, 1, 2 ... as every real pickler writes them; a Map of millions is ten times slower. */
  readonly #memo: PickleValue[] = [];
  /** Indexes out of order. */
  readonly #sparseMemo = new Map<number, PickleValue>();
  #kept = 0;
  /**
   * Says which values may only be called; `hasLeaked` becomes true when one of them is taken off the stack for
   * anything else.
   */
  #onlyCallable: ((value: PickleValue) => boolean) | null = null;
  hasLeaked = false;
  /** The first thing that a real unpickler would have stopped at, as a clause for a sentence. */
  problem: string | null = null;
  problemAt: number | null = null;
  /** Where the opcode is that is being executed. */
  at = 0;

  /** Notes the first problem; what follows is still listed, but no longer believed. */
  fail(problem: string): void {
    if (this.problem !== null) return;
    this.problem = problem;
    this.problemAt = this.at;
  }

  get height(): number {
    return this.#values.length;
  }

  push(value: PickleValue): void {
    if (this.#values.length >= MAX_STACK) this.fail("it needs an unreasonably large stack");
    else this.#values.push(value);
  }

  /** From now on `isOnlyCallable` is asked about every value that is taken as data. */
  watch(isOnlyCallable: (value: PickleValue) => boolean): void {
    this.#onlyCallable = isOnlyCallable;
  }

  pop(): PickleValue {
    const value = this.popCallee();
    if (this.#onlyCallable?.(value)) this.hasLeaked = true;
    return value;
  }

  /** As `pop`, for a value that is taken to be called. */
  popCallee(): PickleValue {
    if (this.#values.length <= this.#fence()) {
      this.fail("it takes more from its stack than it put there");
      return OPAQUE;
    }
    return this.#values.pop() as PickleValue;
  }

  top(): PickleValue {
    if (this.#values.length > this.#fence())
      return this.#values[this.#values.length - 1] as PickleValue;
    this.fail("it takes more from its stack than it put there");
    return OPAQUE;
  }

  replaceTop(value: PickleValue): void {
    this.pop();
    this.push(value);
  }

  mark(): void {
    if (this.#marks.length >= MAX_STACK) this.fail("it needs an unreasonably large stack");
    else this.#marks.push(this.#values.length);
  }

  /** POP: takes a mark off if that is what is on top. */
  discard(): void {
    if (this.#marks.length > 0 && this.#fence() === this.#values.length) this.#marks.pop();
    else this.popCallee();
  }

  popToMark(callees = 0): PickleValue[] {
    const mark = this.#marks.pop();
    if (mark === undefined) this.fail("it closes a group that it did not open");
    const values = this.#values.splice(mark ?? 0);
    const watch = this.#onlyCallable;
    if (watch !== null && values.some((value, at) => at >= callees && watch(value))) {
      this.hasLeaked = true;
    }
    return values;
  }

  get(index: number): PickleValue {
    const value = index < this.#memo.length ? this.#memo[index] : this.#sparseMemo.get(index);
    if (value !== undefined) return value;
    this.fail("it recalls what it did not remember");
    return OPAQUE;
  }

  put(index: number): void {
    if (index < 0) this.fail("it remembers at a negative place");
    else if (this.#memoSize >= MAX_MEMO) this.fail("it remembers unreasonably many values");
    else if (index < this.#memo.length) this.#memo[index] = this.top();
    else if (index > this.#memo.length || this.#sparseMemo.has(index)) {
      this.#sparseMemo.set(index, this.top());
    } else this.#memo.push(this.top());
  }

  get #memoSize(): number {
    return this.#memo.length + this.#sparseMemo.size;
  }

  /** MEMOIZE: the index is the number of values that are remembered. */
  memoize(): void {
    this.put(this.#memoSize);
  }

  /** Appends to a container, within the bound on what is kept. */
  keep(into: PickleValue[], values: readonly PickleValue[]): void {
    for (const value of values) {
      if (this.#kept >= MAX_KEPT_VALUES) return;
      this.#kept += 1;
      into.push(value);
    }
  }

  /** `value`, which holds `count` others, or an opaque one when too much is kept already. */
  made(value: PickleObject, count: number): PickleObject {
    if (this.#kept + count >= MAX_KEPT_VALUES) return OPAQUE;
    this.#kept += count + 1;
    return value;
  }

  #fence(): number {
    return this.#marks.length === 0 ? 0 : (this.#marks[this.#marks.length - 1] as number);
  }
}
