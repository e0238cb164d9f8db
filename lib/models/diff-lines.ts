/** The unified difference of two texts (Myers, "An O(ND) Difference Algorithm"), within bounds. */

/** Texts with more lines or more changes are told apart as one block: the search takes lines times changes. */
const LINES_MAX = 10_000;
const CHANGES_MAX = 400;
/** Lines and characters of an answer; the page is no file viewer. */
const SHOWN_LINES_MAX = 2_000;
const SHOWN_CHARACTERS_MAX = 200_000;
const CONTEXT = 3;

type Kind = " " | "-" | "+";
type Line = { kind: Kind; text: string };

/** null for equal texts. Hunks begin as in `diff -u`: `@@ -1,4 +1,5 @@`. */
export function diffLines(from: string, to: string): { diff: string; isCut: boolean } | null {
  if (from === to) return null;
  const lines = editLines(linesOf(from), linesOf(to));
  const shown: string[] = [];
  let characters = 0;
  for (const line of hunksOf(lines)) {
    characters += line.length + 1;
    if (shown.length >= SHOWN_LINES_MAX || characters > SHOWN_CHARACTERS_MAX)
      return { diff: shown.join("\n"), isCut: true };
    shown.push(line);
  }
  return { diff: shown.join("\n"), isCut: false };
}

function linesOf(text: string): string[] {
  const lines = text.split(/\r?\n/);
  if (lines.at(-1) === "") lines.pop();
  return lines;
}

function editLines(from: string[], to: string[]): Line[] {
  let start = 0;
  while (start < from.length && start < to.length && from[start] === to[start]) start += 1;
  let end = 0;
  const most = Math.min(from.length, to.length) - start;
  while (end < most && from[from.length - 1 - end] === to[to.length - 1 - end]) end += 1;
  const [a, b] = [from.slice(start, from.length - end), to.slice(start, to.length - end)];
  const same = (text: string): Line => ({ kind: " ", text });
  return [
    ...from.slice(0, start).map(same),
    ...(searchEdits(a, b) ?? asBlock(a, b)),
    ...from.slice(from.length - end).map(same),
  ];
}

function asBlock(a: readonly string[], b: readonly string[]): Line[] {
  return [
    ...a.map((text): Line => ({ kind: "-", text })),
    ...b.map((text): Line => ({ kind: "+", text })),
  ];
}

/** null when it would take more than `CHANGES_MAX` changes. */
function searchEdits(a: readonly string[], b: readonly string[]): Line[] | null {
  if (a.length + b.length > LINES_MAX) return null;
  const limit = Math.min(CHANGES_MAX, a.length + b.length);
  const [codesA, codesB] = numberLines(a, b) as [Int32Array, Int32Array];
  // How far each diagonal has come in `a`, with place for those beside the outermost ones.
  const middle = limit + 1;
  const furthest = new Int32Array(2 * limit + 3);
  const steps: Int32Array[] = [];
  for (let changes = 0; changes <= limit; changes += 1) {
    steps.push(furthest.slice());
    for (let diagonal = -changes; diagonal <= changes; diagonal += 2) {
      const isDown = goesDown(furthest, middle, diagonal, changes);
      let x = isDown
        ? at(furthest, middle + diagonal + 1)
        : at(furthest, middle + diagonal - 1) + 1;
      let y = x - diagonal;
      while (x < a.length && y < b.length && codesA[x] === codesB[y]) {
        x += 1;
        y += 1;
      }
      furthest[middle + diagonal] = x;
      if (x >= a.length && y >= b.length) return walkBack(a, b, steps, middle);
    }
  }
  return null;
}

/** Equal lines get equal numbers: the search compares them again and again, and lines may be long. */
function numberLines(...texts: [readonly string[], readonly string[]]): Int32Array[] {
  const numbers = new Map<string, number>();
  return texts.map((lines) =>
    Int32Array.from(lines, (line) => {
      const number = numbers.get(line) ?? numbers.size;
      numbers.set(line, number);
      return number;
    }),
  );
}

const at = (array: Int32Array, index: number) => array[index] as number;

/** Whether the best way onto a diagonal is a line of `b` more, not one of `a` less. */
function goesDown(furthest: Int32Array, middle: number, diagonal: number, changes: number) {
  if (diagonal === -changes) return true;
  if (diagonal === changes) return false;
  return at(furthest, middle + diagonal - 1) < at(furthest, middle + diagonal + 1);
}

function walkBack(
  a: readonly string[],
  b: readonly string[],
  steps: readonly Int32Array[],
  middle: number,
): Line[] {
  const lines: Line[] = [];
  let [x, y] = [a.length, b.length];
  for (let changes = steps.length - 1; changes >= 0; changes -= 1) {
    const furthest = steps[changes] as Int32Array;
    const diagonal = x - y;
    const isDown = goesDown(furthest, middle, diagonal, changes);
    const before = diagonal + (isDown ? 1 : -1);
    const beforeX = changes === 0 ? 0 : at(furthest, middle + before);
    const beforeY = changes === 0 ? 0 : beforeX - before;
    while (x > beforeX && y > beforeY) {
      x -= 1;
      y -= 1;
      lines.push({ kind: " ", text: a[x] as string });
    }
    if (changes === 0) break;
    lines.push(
      isDown
        ? { kind: "+", text: b[beforeY] as string }
        : { kind: "-", text: a[beforeX] as string },
    );
    [x, y] = [beforeX, beforeY];
  }
  return lines.reverse();
}

/** The changed lines with some around them, each run of them under its heading. */
function* hunksOf(lines: readonly Line[]): Generator<string> {
  const changed = lines.flatMap(({ kind }, index) => (kind === " " ? [] : [index]));
  let [fromLine, toLine, done] = [1, 1, 0];
  for (let first = 0; first < changed.length; ) {
    let last = first;
    const place = (index: number) => changed[index] as number;
    while (last + 1 < changed.length && place(last + 1) - place(last) <= 2 * CONTEXT) last += 1;
    const begin = Math.max(0, place(first) - CONTEXT);
    const end = Math.min(lines.length, place(last) + CONTEXT + 1);
    // Between two hunks both texts have the same lines.
    fromLine += begin - done;
    toLine += begin - done;
    const hunk = lines.slice(begin, end);
    const removed = hunk.filter(({ kind }) => kind !== "+").length;
    const added = hunk.filter(({ kind }) => kind !== "-").length;
    yield `@@ -${range(fromLine, removed)} +${range(toLine, added)} @@`;
    for (const { kind, text } of hunk) yield kind + text;
    fromLine += removed;
    toLine += added;
    done = end;
    first = last + 1;
  }
}

/** Of no lines the line before them is named. */
const range = (line: number, count: number) => `${count === 0 ? line - 1 : line},${count}`;
