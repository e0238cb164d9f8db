import type en from "#messages/en.json";

// A message key that English does not have is a type error.
declare module "next-intl" {
  interface AppConfig {
    Locale: "en" | "pt-BR";
    Messages: typeof en;
  }
}
