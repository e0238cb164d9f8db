/** Problems where no route is reached: on Node's own response, or on a bare connection that has none. */
import { type ServerResponse, STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import type { RegistryError } from "#lib/errors.ts";
import { type ErrorDialect, problemAnswer } from "./problem.ts";
import { requestIdOf } from "./request-id.ts";

/** Time for a client that is still sending to read why it was refused. */
const LINGER_MS = 5_000;

export function answerProblem(
  response: ServerResponse,
  error: RegistryError,
  extra: Record<string, string> = {},
  dialect: ErrorDialect = problemAnswer,
): void {
  const given = response.req.headers["x-request-id"];
  const requestId = requestIdOf(typeof given === "string" ? given : null);
  const { status, headers, body } = dialect(error, requestId);
  const length = { "Content-Length": String(Buffer.byteLength(body)) };
  response.writeHead(status, { ...extra, ...headers, ...length }).end(body);
}

/**
 * Ends a connection on which no more requests can be understood. What the client still sends is read and dropped for a
 * while: closing earlier makes its system throw the answer away.
 */
export function endWithProblem(
  socket: Socket,
  error: RegistryError,
  extra: Record<string, string> = {},
): void {
  const { headers, body } = problemAnswer(error, crypto.randomUUID());
  const all = {
    Date: new Date().toUTCString(),
    ...extra,
    ...headers,
    "Content-Length": String(Buffer.byteLength(body)),
    Connection: "close",
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`);
  const head = [`HTTP/1.1 ${error.status} ${STATUS_CODES[error.status]}`, ...lines].join("\r\n");
  socket.end(`${head}\r\n\r\n${body}`);
  socket.resume();
  const cut = setTimeout(() => socket.destroy(), LINGER_MS);
  socket.once("close", () => clearTimeout(cut));
}
