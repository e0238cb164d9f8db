/** What browsers may do with our answers. */
import { randomBytes } from "node:crypto";

/** Of every answer that does not set its own. */
export const COMMON_HEADERS: Readonly<Record<string, string>> = {
  "referrer-policy": "same-origin",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
};

/** Of an answer that is no page: opened in a browser it does nothing and loads nothing. */
export const INERT_POLICY =
  "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** Of a script or a style by itself; a worker's script is confined by the policy that it came with. */
export const ASSET_POLICY = "default-src 'none'; script-src 'self'; connect-src 'self'";

/**
 * Of one page. Scripts run when they carry the page's nonce, or were loaded by one that does (`strict-dynamic`): Next puts it
 * onto its own, inline ones included, when it finds this policy among the request's headers. A `style` element needs the nonce
 * too; the attribute stays allowed, since the server renders the widths of bars and columns into it (recharts, virtual lists,
 * Base UI), and an attribute cannot load or run anything under this policy. Development evaluates code for hot reload.
 */
export function pagePolicy(nonce: string, isDevelopment: boolean): string {
  return [
    "default-src 'self'",
    `script-src 'self' 'nonce-${nonce}' 'strict-dynamic'${isDevelopment ? " 'unsafe-eval'" : ""}`,
    `style-src 'self' ${isDevelopment ? "'unsafe-inline'" : `'nonce-${nonce}'`}`,
    "style-src-attr 'unsafe-inline'",
    "worker-src 'self'",
    "img-src 'self' data:",
    "font-src 'self' data:",
    "object-src 'none'",
    "base-uri 'self'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join("; ");
}

/** 128 bits that nobody can guess, for one page. */
export function newNonce(): string {
  return randomBytes(16).toString("base64");
}

/** The nonce of the page whose request has these headers: our server has put its policy there, whatever the client sent. */
export function nonceOf(headers: Pick<Headers, "get">): string | undefined {
  return /'nonce-([A-Za-z0-9+/=]+)'/.exec(headers.get("content-security-policy") ?? "")?.[1];
}
