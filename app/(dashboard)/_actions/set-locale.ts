"use server";

import { cookies } from "next/headers";
import { isLocale, LOCALE_COOKIE } from "#lib/http/negotiate-locale.ts";

const ONE_YEAR_SECONDS = 31_536_000;

/** Remembers the reader's language; Next renders the page again in it. */
export async function setLocale(locale: string): Promise<void> {
  if (!isLocale(locale)) return;
  const cookieJar = await cookies();
  cookieJar.set(LOCALE_COOKIE, locale, {
    path: "/",
    maxAge: ONE_YEAR_SECONDS,
    sameSite: "lax",
    httpOnly: true,
  });
}
