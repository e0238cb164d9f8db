import { cookies, headers } from "next/headers";
import { getRequestConfig } from "next-intl/server";
import { LOCALE_COOKIE, type Locale, negotiateLocale } from "./negotiate-locale.ts";

const MESSAGES = {
  en: () => import("#messages/en.json"),
  "pt-BR": () => import("#messages/pt-BR.json"),
} satisfies Record<Locale, () => Promise<unknown>>;

/** next-intl's request config: the language is a cookie, not a part of the address. */
export default getRequestConfig(async () => {
  const [cookieJar, headerList] = await Promise.all([cookies(), headers()]);
  const locale = negotiateLocale(
    cookieJar.get(LOCALE_COOKIE)?.value,
    headerList.get("accept-language"),
  );
  // Times are formatted in the reader's zone by components/ui/format; UTC is for the server's part.
  return { locale, timeZone: "UTC", messages: (await MESSAGES[locale]()).default };
});
