/**
 * Answers where Node's parser gives up or hands over a bare connection, so that the client reads an error instead of
 * a silent end.
 */
import { type IncomingMessage, METHODS, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { RegistryError } from "../../lib/errors.ts";
import { endWithProblem } from "../../lib/http/node-problem.ts";
import { methodRefusal, type Screen, type Verdict } from "./screen-request.ts";

/** The error that Node's `clientError` event brings. */
export type ParserError = Error & { code?: string; rawPacket?: Buffer };

/** The request line at the start of bytes that could not be parsed; its method may be one that Node does not know. */
const REQUEST_LINE = /^([!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}) (\S+) HTTP\/1\.[01]\r\n/;

/** `current` is the last exchange on the connection whose answer is not closed. */
export function refuseConnection(
  error: ParserError,
  socket: Socket,
  current: { request: IncomingMessage; response: ServerResponse } | undefined,
  screen: Screen,
): void {
  // The client has been told already; these bytes were on their way.
  if (socket.writableEnded) return;
  if (!socket.writable || error.code === "ECONNRESET") {
    socket.destroy();
    return;
  }
  const refuse = () => end(socket, toVerdict(error, screen));
  if (current === undefined || current.response.writableFinished) refuse();
  // The bytes came after a whole request, which is answered first.
  else if (current.request.complete) current.response.once("finish", refuse);
  // The bytes belong to the body of a request that is being answered already.
  else if (current.response.headersSent) socket.destroy();
  else refuse();
}

/** CONNECT asks for a tunnel to another host. */
export function refuseTunnel(socket: Socket): void {
  end(socket, methodRefusal("CONNECT"));
}

function end(socket: Socket, verdict: Verdict): void {
  if ("error" in verdict) endWithProblem(socket, verdict.error, verdict.headers);
}

function toVerdict({ code, rawPacket, message }: ParserError, screen: Screen): Verdict {
  const refusal = (...[name, detail]: ConstructorParameters<typeof RegistryError>) => ({
    error: new RegistryError(name, detail),
  });
  if (code === "HPE_HEADER_OVERFLOW")
    return refusal("headers_too_large", "The request line and headers are over 16 KiB together.");
  if (code === "ERR_HTTP_REQUEST_TIMEOUT")
    return refusal("request_timeout", "The request's headers did not arrive in time.");
  const line = REQUEST_LINE.exec(rawPacket?.toString("latin1") ?? "");
  if (code === "HPE_INVALID_METHOD" && line?.[1] && line[2] && !METHODS.includes(line[1]))
    return screen.refuseMethod(line[1], line[2]);
  const reason = code?.startsWith("HPE_") ? ` (${message.replace(/^Parse Error: /, "")})` : "";
  return refusal("invalid_request", `The request is not valid HTTP${reason}.`);
}
