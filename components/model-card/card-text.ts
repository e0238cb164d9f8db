/** A page is not a file viewer: what is longer is cut, and the file itself can be downloaded. */
export const CARD_MAX_CHARACTERS = 100_000;

/** More block markers at the start of a line than any document nests; the parser's cost is quadratic. */
const NESTING_MAX = 20;
/** A longer line is no prose: a minified file, or a table with thousands of columns. */
const LINE_MAX_CHARACTERS = 10_000;
/** The parser's cost also grows with the square of a block's lines. */
const BLOCK_MAX_LINES = 300;
/** Brackets may open a link, and each one is compared with all before it; long cards have hundreds. */
const BRACKETS_MAX = 1000;

/** Removes YAML front matter (`---` to `---` at the very start), which describes the card to tools. */
export function stripFrontMatter(markdown: string): string {
  return markdown.replace(/^\uFEFF?---[ \t]*\r?\n(?:[^\n]*\n)*?---[ \t]*(?:\r?\n|$)/, "");
}

/** What the parser is given, and whether something was left off. */
export function prepareCard(markdown: string): { text: string; isCut: boolean } {
  const body = stripFrontMatter(markdown);
  const text = body.slice(0, CARD_MAX_CHARACTERS);
  const lines = text.split("\n").map((line) => flattenMarkers(line.slice(0, LINE_MAX_CHARACTERS)));
  return { text: limitBrackets(breakBlocks(lines)), isCut: body.length > text.length };
}

/** Ends a paragraph, list or table after BLOCK_MAX_LINES lines; fenced code may be longer. */
function breakBlocks(lines: string[]): string {
  const result: string[] = [];
  let length = 0;
  let isFenced = false;
  for (const line of lines) {
    if (/^ {0,3}(```|~~~)/.test(line)) isFenced = !isFenced;
    length = line.trim() === "" ? 0 : length + 1;
    if (length > BLOCK_MAX_LINES && !isFenced) {
      result.push("");
      length = 1;
    }
    result.push(line);
  }
  return result.join("\n");
}

function limitBrackets(text: string): string {
  let count = 0;
  return text.replace(/\[/g, () => {
    count += 1;
    return count > BRACKETS_MAX ? "&#91;" : "[";
  });
}

/** `> > > ... x` and `- - - ... x` with more than NESTING_MAX markers become NESTING_MAX of them. */
function flattenMarkers(line: string): string {
  const markers = /^(?:[ \t]{0,3}(?:[>*+-]|\d{1,9}[.)])[ \t]?)+/.exec(line)?.[0];
  if (!markers || markers.length <= NESTING_MAX * 2) return line;
  // A rule (`-----`, `* * * *`) or a table's second line is not nesting.
  if (/^[-*\s|:]*$/.test(line)) return line;
  return markers.slice(0, NESTING_MAX * 2) + line.slice(markers.length);
}
