/**
 * How people spell the name of a card. A version has at most one of them, since no two of its paths differ by case
 * alone.
 */
export const CARD_NAMES = ["README.md", "readme.md", "Readme.md", "ReadMe.md", "README.MD"];
