/** Bytes over the connections of a server, those that are closed included. */
import type { Server, Socket } from "node:net";

export type Traffic = { bytesIn: number; bytesOut: number; connections: number };

/** Counts from now on; gives what reads the sums. */
export function watchTraffic(server: Server): () => Traffic {
  const open = new Set<Socket>();
  let closedIn = 0;
  let closedOut = 0;
  server.on("connection", (socket) => {
    open.add(socket);
    socket.once("close", () => {
      open.delete(socket);
      closedIn += socket.bytesRead;
      closedOut += socket.bytesWritten;
    });
  });
  return () => {
    const sum = { bytesIn: closedIn, bytesOut: closedOut, connections: open.size };
    for (const socket of open) {
      sum.bytesIn += socket.bytesRead;
      // Without what still waits in this process.
      sum.bytesOut += Math.max(0, socket.bytesWritten - socket.writableLength);
    }
    return sum;
  };
}
