import { OutgoingError } from "./outgoing-error.ts";

/** Longer ones no server takes. */
export const URL_MAX_LENGTH = 2_048;

/**
 * The URL of a request to a place that somebody has entered: http or https, without a name and a password in it, which would stand
 * in logs. The parser has made one spelling of what an address may be written as (`2130706433`, `0x7f.1`). Throws OutgoingError.
 */
export function parseOutgoingUrl(text: string, base?: URL): URL {
  const url = text.length <= URL_MAX_LENGTH ? URL.parse(text, base?.href) : null;
  if (url === null) throw refused("This is not a URL, such as https://example.org/hook.");
  if (!/^https?:$/.test(url.protocol))
    throw refused("The URL must begin with https:// or http://.");
  if (url.username !== "" || url.password !== "")
    throw refused("The URL must not contain a name or a password.");
  url.hash = "";
  return url;
}

export function isOutgoingUrl(text: string): boolean {
  try {
    parseOutgoingUrl(text);
    return true;
  } catch {
    return false;
  }
}

function refused(message: string): OutgoingError {
  return new OutgoingError("invalid_url", message);
}
