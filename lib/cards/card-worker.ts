/** The inside of the thread that parses model cards. */

import { parseModelCard } from "#lib/formats/model-card.ts";
import { serveCalls } from "#lib/workers/thread-side.ts";
import type { Sized } from "./card-parser.ts";
import { parseTree } from "./parse-tree.ts";

serveCalls({
  facts: async (text: string) => sized(parseModelCard(text)),
  tree: async (text: string) => sized(parseTree(text)),
});

function sized<T>(value: T): Sized<T> {
  return { value, bytes: JSON.stringify(value).length };
}
