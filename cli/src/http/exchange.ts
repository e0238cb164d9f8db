/** One request and the head of its answer, on Node's own client. Nothing is repeated here. */
import { Agent, type ClientRequest, type IncomingMessage, request as requestHttp } from "node:http";
import { request as requestTls, Agent as TlsAgent } from "node:https";

export type Outgoing = {
  method: "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE";
  headers: Record<string, string>;
  /** Writes the body and ends the request; called for each attempt. */
  body?: string | ((request: ClientRequest) => Promise<void>);
  /** Without a byte for so long the connection counts as dead. */
  idleMs: number;
  signal: AbortSignal;
};

/** Parts of a file on their way at once need no more. */
const agents = {
  "http:": new Agent({ keepAlive: true, maxSockets: 16 }),
  "https:": new TlsAgent({ keepAlive: true, maxSockets: 16 }),
};

/** Ends the connections that wait for a next request: they would keep the process. */
export function closeConnections(): void {
  for (const agent of Object.values(agents)) agent.destroy();
}

/** Never asked: nobody listens there, or the name means nothing. */
const NEVER_SENT = new Set([
  "ECONNREFUSED",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "EHOSTDOWN",
]);
const CUT = new Set([
  "ECONNRESET",
  "EPIPE",
  "ECONNABORTED",
  "ETIMEDOUT",
  "ERR_STREAM_PREMATURE_CLOSE",
]);

/** `unsent` and `cut` may be better in a moment; the others stay as they are. */
export type Trouble = "unsent" | "cut" | "certificate" | "unknown-host" | "not-http" | "other";

export function troubleOf(error: unknown): Trouble {
  const code = codeOf(error);
  if (NEVER_SENT.has(code)) return "unsent";
  if (CUT.has(code)) return "cut";
  if (code === "ENOTFOUND") return "unknown-host";
  if (code.startsWith("HPE_")) return "not-http";
  if (/CERT|TLS|SSL|SELF_SIGNED|UNABLE_TO_/.test(code)) return "certificate";
  return "other";
}

export function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}

class TimedOut extends Error {
  readonly code = "ETIMEDOUT";
}

/** Resolves with the head; the body is the caller's to read. Rejects with what `troubleOf` understands. */
export function exchange(url: string, outgoing: Outgoing): Promise<IncomingMessage> {
  const { method, headers, body, idleMs, signal } = outgoing;
  return new Promise((resolve, reject) => {
    const isTls = url.startsWith("https:");
    const options = { method, headers, signal, agent: agents[isTls ? "https:" : "http:"] };
    const request = (isTls ? requestTls : requestHttp)(url, options);
    request.setTimeout(idleMs, () => request.destroy(new TimedOut("no byte in time")));
    request.on("error", reject);
    let isAnswered = false;
    let isSending = typeof body === "function";
    request.on("response", (answer) => {
      isAnswered = true;
      // Refused before all of the body was sent: the rest would be sent for nothing.
      if (isSending) answer.once("end", () => request.destroy());
      resolve(answer);
    });
    if (typeof body === "function") {
      body(request).then(
        () => {
          isSending = false;
        },
        // After an answer that is what counts, and not the broken pipe.
        (error) => isAnswered || request.destroy(error),
      );
    } else {
      request.end(body);
    }
  });
}
