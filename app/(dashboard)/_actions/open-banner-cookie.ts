import { cookies } from "next/headers";

/** A session cookie: it goes when the browser is closed. */
export const OPEN_BANNER_COOKIE = "open-banner";
export const DISMISSED = "hidden";

/** Whether this reader has hidden the notice about an open network. */
export async function isOpenBannerDismissed(): Promise<boolean> {
  const cookieJar = await cookies();
  return cookieJar.get(OPEN_BANNER_COOKIE)?.value === DISMISSED;
}
