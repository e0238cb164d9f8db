/** A TCP relay that can stop passing bytes on and keeps every connection: a peer that is gone without a word. */
import { connect, createServer, type Socket } from "node:net";

export type FreezingRelay = { readonly port: number; freeze(): void; close(): Promise<void> };

export async function startFreezingRelay(target: {
  host: string;
  port: number;
}): Promise<FreezingRelay> {
  const sockets = new Set<Socket>();
  let isFrozen = false;
  const freezeOne = (socket: Socket) => {
    socket.unpipe();
    socket.pause();
  };
  const server = createServer((near) => {
    sockets.add(near);
    near.on("error", () => near.destroy());
    if (isFrozen) return freezeOne(near);
    const far = connect(target.port, target.host);
    sockets.add(far);
    far.on("error", () => far.destroy());
    near.pipe(far).pipe(near);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The relay has no port.");
  return {
    port: address.port,
    freeze() {
      isFrozen = true;
      for (const socket of sockets) freezeOne(socket);
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
