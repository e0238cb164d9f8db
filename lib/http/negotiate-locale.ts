/** Chooses the reader's language among ours. */

export const LOCALES = ["en", "pt-BR"] as const;
export type Locale = (typeof LOCALES)[number];
export const DEFAULT_LOCALE: Locale = "en";
export const LOCALE_COOKIE = "locale";

/** A browser sends a handful; a longer header is not worth reading. */
const HEADER_MAX_LENGTH = 1024;

export function isLocale(value: string | undefined): value is Locale {
  return LOCALES.some((locale) => locale === value);
}

/**
 * The cookie's language if it is one of ours, else the best match of `Accept-Language` (RFC 9110, 12.5.4; any
 * Portuguese is served pt-BR), else English.
 */
export function negotiateLocale(
  cookie: string | undefined,
  acceptLanguage: string | null | undefined,
): Locale {
  if (isLocale(cookie)) return cookie;
  const wishes = (acceptLanguage ?? "")
    .slice(0, HEADER_MAX_LENGTH)
    .split(",")
    .map((part) => {
      const [tag = "", ...parameters] = part.trim().toLowerCase().split(";");
      const quality = parameters.map((p) => p.trim()).find((p) => p.startsWith("q="));
      return { language: tag.split("-")[0], quality: quality ? Number(quality.slice(2)) : 1 };
    })
    .filter((wish) => wish.quality > 0)
    .toSorted((a, b) => b.quality - a.quality);
  for (const { language } of wishes) {
    if (language === "pt") return "pt-BR";
    if (language === "en" || language === "*") return DEFAULT_LOCALE;
  }
  return DEFAULT_LOCALE;
}
