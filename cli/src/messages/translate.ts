import en from "./en.json" with { type: "json" };
import ptBr from "./pt-BR.json" with { type: "json" };

export type MessageKey = keyof typeof en;
export type Language = "en" | "pt-BR";
export type Translate = (key: MessageKey, values?: Record<string, string | number>) => string;

/** Adding a language is adding a file, and its line here. */
export const TEXTS: Record<Language, Record<MessageKey, string>> = { en, "pt-BR": ptBr };

export function translator(language: Language): Translate {
  const texts = TEXTS[language];
  return (key, values = {}) =>
    texts[key].replace(/\{(\w+)\}/g, (_, name: string) => String(values[name]));
}

/** `--lang` counts more than the environment, of which POSIX says the order. */
export function chooseLanguage(
  wanted: string | undefined,
  env: Record<string, string | undefined>,
): Language {
  const text = wanted ?? (env.LC_ALL || env.LC_MESSAGES || env.LANG || "");
  return /^pt\b|^pt_/i.test(text) ? "pt-BR" : "en";
}
