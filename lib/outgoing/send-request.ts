/**
 * The one HTTP client for addresses that people enter: webhooks, contact points, imports, other registries. Each address is checked
 * after the name is resolved, at the first request and at every redirect, and the connection is made to the checked one.
 */
import { type IncomingMessage, request as requestByHttp } from "node:http";
import { request as requestByHttps } from "node:https";
import { isIP } from "node:net";
import { pipeline } from "node:stream/promises";
import type { AddressPolicy } from "./address-policy.ts";
import { OutgoingError } from "./outgoing-error.ts";
import { parseOutgoingUrl } from "./parse-outgoing-url.ts";
import { type Resolve, resolveAddress } from "./resolve-address.ts";

export type OutgoingRequest = {
  url: string;
  method: "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE";
  headers: Readonly<Record<string, string>>;
  body?: string | Buffer | StreamedBody;
};

/** A body that is not held in memory; it is opened once for each connection that is tried. */
export type StreamedBody = { sizeBytes: number; open: () => AsyncIterable<Uint8Array> };

export type OutgoingSettings = {
  mayReach: AddressPolicy;
  /** Ends everything, the reading of the answer included. */
  signal: AbortSignal;
  /** 0: a redirect is an answer like any other. */
  redirectsMax: number;
  resolve?: Resolve;
};

/** Told by these the method and the body stay as they are; after the others a POST would become a GET. */
const KEEP_METHOD = new Set([307, 308]);
const REDIRECTS = new Set([301, 302, 303, 307, 308]);
/** What belongs to the first host is not for another one. */
const SECRET_HEADER = /^(authorization|cookie|proxy-authorization)$/i;

/** The answer's headers have come; its body is for the caller to read, or to destroy. Throws OutgoingError. */
export async function sendRequest(
  request: OutgoingRequest,
  settings: OutgoingSettings,
): Promise<IncomingMessage> {
  let url = parseOutgoingUrl(request.url);
  let { headers } = request;
  for (let redirects = 0; ; redirects += 1) {
    const answer = await sendOnce(url, { ...request, headers }, settings);
    const { location } = answer.headers;
    const status = answer.statusCode ?? 0;
    if (!REDIRECTS.has(status) || location === undefined || settings.redirectsMax === 0)
      return answer;
    answer.destroy();
    const isKept = KEEP_METHOD.has(status) || request.method === "GET" || request.method === "HEAD";
    if (!isKept || redirects >= settings.redirectsMax)
      throw new OutgoingError("redirect_refused", `The answer ${status} leads elsewhere.`);
    const next = parseOutgoingUrl(location, url);
    if (next.origin !== url.origin) headers = withoutSecrets(headers);
    url = next;
  }
}

async function sendOnce(
  url: URL,
  { method, headers, body }: OutgoingRequest,
  { mayReach, signal, resolve }: OutgoingSettings,
): Promise<IncomingMessage> {
  const addresses = await withSignal(resolveAddress(url, mayReach, resolve), signal);
  for (const [at, address] of addresses.entries()) {
    try {
      return await connectTo(
        address,
        url,
        { method, headers, ...(body === undefined ? {} : { body }) },
        signal,
      );
    } catch (error) {
      const isLast = at === addresses.length - 1;
      if (isLast || signal.aborted || !isNotConnected(error)) throw explained(error, url, signal);
    }
  }
  throw new OutgoingError("unreachable", `${url.host} cannot be reached.`);
}

function connectTo(
  address: string,
  url: URL,
  { method, headers, body }: Omit<OutgoingRequest, "url">,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const isSecure = url.protocol === "https:";
  const name = url.hostname.replace(/^\[|\]$/g, "");
  const length = body === undefined ? {} : { "Content-Length": String(lengthOf(body)) };
  return new Promise((resolve, reject) => {
    const request = (isSecure ? requestByHttps : requestByHttp)({
      host: address,
      port: url.port || (isSecure ? 443 : 80),
      path: url.pathname + url.search,
      method,
      headers: { ...headers, ...length, Host: url.host },
      // The certificate is that of the name, which an address as a name has none of.
      ...(isSecure && isIP(name) === 0 ? { servername: name } : {}),
      agent: false,
      signal,
    });
    request.on("response", resolve);
    request.on("error", reject);
    if (!isStreamed(body)) request.end(body);
    // Nothing is read before there is a connection that takes it.
    else
      request.on("socket", (socket) => {
        const begin = () => void pipeline(body.open(), request).catch(reject);
        if (socket.connecting) socket.once(isSecure ? "secureConnect" : "connect", begin);
        else begin();
      });
  });
}

const isStreamed = (body: OutgoingRequest["body"]): body is StreamedBody =>
  typeof body === "object" && "open" in body;

function lengthOf(body: string | Buffer | StreamedBody): number {
  return isStreamed(body) ? body.sizeBytes : Buffer.byteLength(body);
}

async function withSignal<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = new Promise<never>((_resolve, reject) => {
    const end = () => reject(new OutgoingError("timeout", "There was no answer in time."));
    if (signal.aborted) end();
    else signal.addEventListener("abort", end, { once: true });
  });
  return Promise.race([work, aborted]);
}

const codeOf = (error: unknown) => String((error as { code?: unknown } | null)?.code ?? "");

function isNotConnected(error: unknown): boolean {
  return /^E(CONNREFUSED|NETUNREACH|HOSTUNREACH|ADDRNOTAVAIL)$/.test(codeOf(error));
}

function explained(cause: unknown, url: URL, signal: AbortSignal): OutgoingError {
  if (cause instanceof OutgoingError) return cause;
  if (signal.aborted)
    return new OutgoingError("timeout", "There was no answer in time.", { cause });
  if (/CERT|TLS|SSL|ALTNAME|SELF_SIGNED/.test(codeOf(cause)))
    return new OutgoingError("certificate", `The certificate of ${url.host} is not valid.`, {
      cause,
    });
  return new OutgoingError("unreachable", `${url.host} cannot be reached.`, { cause });
}

function withoutSecrets(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !SECRET_HEADER.test(name)));
}
