/** Which server, and with which token: flag before environment before the file of `login`. */
import { EXIT } from "../exit-codes.ts";
import { Failure } from "../failure.ts";
import type { Translate } from "../messages/translate.ts";
import type { Credentials } from "./credentials.ts";
import type { Env } from "./folders.ts";

export const DEFAULT_URL = "http://localhost:8080";
export type Source = "flag" | "environment" | "file" | "default" | "none";
export type Server = { url: string; urlSource: Source; token: string | null; tokenSource: Source };

/** A token of the file goes to its own server only. Throws usage failures. */
export function chooseServer(
  flags: { url?: string; token?: string },
  env: Env,
  credentials: Credentials,
  t: Translate,
): Server {
  // Mostly a variable of a script that is not set: the login of somebody else must not step in.
  if (flags.token === "") throw new Failure(EXIT.usage, t("usage.emptyToken"));
  if (flags.url === "") throw new Failure(EXIT.usage, t("usage.url", { url: '""' }));
  const [urlSource, given] = first([
    ["flag", flags.url],
    ["environment", env.MODEL_REGISTRY_URL],
    ["file", credentials.current],
    ["default", DEFAULT_URL],
  ]);
  const url = parseUrl(given ?? DEFAULT_URL, t);
  const [tokenSource, token] = first([
    ["flag", flags.token],
    ["environment", env.MODEL_REGISTRY_TOKEN],
    ["file", credentials.servers[url]?.token],
  ]);
  // Anything else would be refused by Node, in words about headers.
  if (token !== null && !/^[\x21-\x7e]+$/.test(token))
    throw new Failure(EXIT.usage, t("usage.token"));
  return { url, urlSource, token, tokenSource };
}

/** Without a slash at its end; the same text for the same server. */
export function parseUrl(text: string, t: Translate): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !["http:", "https:"].includes(url.protocol) || url.search || url.hash)
    throw new Failure(EXIT.usage, t("usage.url", { url: text }));
  // It would be in the shell's history, in the file and in every message.
  if (url.username || url.password) throw new Failure(EXIT.usage, t("usage.urlPassword"));
  return `${url.origin}${url.pathname.replace(/\/+$/, "")}`;
}

function first(
  choices: readonly (readonly [Source, string | null | undefined])[],
): [Source, string | null] {
  for (const [source, value] of choices) if (value) return [source, value];
  return ["none", null];
}
