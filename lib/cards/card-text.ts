/** A page is not a file viewer: longer text is cut, and the file itself can be downloaded. */
export const CARD_MAX_CHARACTERS = 100_000;

/** Removes YAML front matter (`---` to `---` at the very start), which describes the card to tools. */
function stripFrontMatter(markdown: string): string {
  return markdown.replace(/^\uFEFF?---[ \t]*\r?\n(?:[^\n]*\n)*?---[ \t]*(?:\r?\n|$)/, "");
}

/** The text that is parsed, and whether its end was left off. */
export function prepareCard(markdown: string): { text: string; isCut: boolean } {
  const body = stripFrontMatter(markdown);
  return { text: body.slice(0, CARD_MAX_CHARACTERS), isCut: body.length > CARD_MAX_CHARACTERS };
}
