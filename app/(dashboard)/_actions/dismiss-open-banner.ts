"use server";

import { cookies } from "next/headers";
import { DISMISSED, OPEN_BANNER_COOKIE } from "./open-banner-cookie.ts";

/** Hides the notice about an open network until the browser is closed. */
export async function dismissOpenBanner(): Promise<void> {
  const cookieJar = await cookies();
  cookieJar.set(OPEN_BANNER_COOKIE, DISMISSED, { path: "/", sameSite: "lax", httpOnly: true });
}
