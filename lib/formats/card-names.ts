/** How people spell the name of a card. A version has one of them: its paths differ by more than their case. */
export const CARD_NAMES = ["README.md", "readme.md", "Readme.md", "ReadMe.md", "README.MD"];
