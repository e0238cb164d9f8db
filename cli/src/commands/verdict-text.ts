import type { MessageKey } from "../messages/translate.ts";
import { TEXTS } from "../messages/translate.ts";
import type { Run } from "../run.ts";

/** In the person's language on a terminal; as the server says it where a program reads it, and for words of later servers. */
export function verdictText(run: Run, verdict: string): string {
  return translated(run, `verdict.${verdict}`, verdict);
}

export function stageText(run: Run, stage: string): string {
  return translated(run, `stage.${stage}`, stage);
}

function translated(run: Run, key: string, word: string): string {
  return run.out.isTerminal && Object.hasOwn(TEXTS.en, key) ? run.t(key as MessageKey) : word;
}
