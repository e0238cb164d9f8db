import { createTranslator } from "use-intl/core";
import en from "#messages/en.json" with { type: "json" };
import pt from "#messages/pt-BR.json" with { type: "json" };
import type { Language } from "./schema.ts";

const MESSAGES = { en, "pt-BR": pt as unknown as typeof en } as const;

/** The texts of messages to people, in the language of the contact point. */
export function getTranslations<Namespace extends "notices" | "alerts">(
  namespace: Namespace,
  language: Language,
) {
  return createTranslator({ locale: language, messages: MESSAGES[language], namespace });
}
