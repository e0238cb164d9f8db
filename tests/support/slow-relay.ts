/** A connection between a client and a server that lets through so many bytes a second, and counts them. */
import { connect, createServer, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

export type SlowRelay = {
  baseUrl: string;
  /** So far, both ways over all connections. */
  toClientBytes: number;
  toServerBytes: number;
  close(): Promise<void>;
};

/** While the server is down, connections are closed as soon as they are made. */
export async function startSlowRelay(baseUrl: string, bytesPerSecond: number): Promise<SlowRelay> {
  const target = new URL(baseUrl);
  const sockets = new Set<Socket>();
  const relay = { toClientBytes: 0, toServerBytes: 0 };
  const pump = async (from: Socket, to: Socket, count: (bytes: number) => void) => {
    try {
      for await (const chunk of from as AsyncIterable<Buffer>) {
        count(chunk.length);
        if (!to.write(chunk))
          await new Promise((drained) => to.once("drain", drained).once("close", drained));
        await sleep((chunk.length / bytesPerSecond) * 1000);
      }
      to.end();
    } catch {
      to.destroy();
    }
  };
  const server = createServer((client) => {
    const upstream = connect(Number(target.port), target.hostname);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on("error", () => undefined);
      socket.on("close", () => {
        sockets.delete(socket);
        client.destroy();
        upstream.destroy();
      });
    }
    // Bytes that no server takes are not counted.
    upstream.once("connect", () => {
      void pump(client, upstream, (bytes) => {
        relay.toServerBytes += bytes;
      });
    });
    void pump(upstream, client, (bytes) => {
      relay.toClientBytes += bytes;
    });
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return Object.assign(relay, {
    baseUrl: `http://127.0.0.1:${address.port}`,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((closed) => server.close(closed));
    },
  });
}
