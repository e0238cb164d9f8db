/** A TCP relay that can stop passing bytes on and keeps every connection: a peer that is gone without a word. */
import { connect, createServer, type Socket } from "node:net";

export type FreezingRelay = {
  readonly port: number;
  freeze(): void;
  /** Freezes once a transaction that named this text commits, before the answer; `isReached` then. */
  freezeAtCommitOf(text: string, options: { passOn: boolean }): { isReached: () => boolean };
  thaw(): void;
  close(): Promise<void>;
};

type Pair = { near: Socket; far: Socket };

export async function startFreezingRelay(target: {
  host: string;
  port: number;
}): Promise<FreezingRelay> {
  const pairs = new Set<Pair>();
  let isFrozen = false;
  let trap: { text: string; passOn: boolean; isReached: boolean } | null = null;

  const freeze = () => {
    isFrozen = true;
    for (const { near, far } of pairs) {
      near.pause();
      far.pause();
    }
  };
  const server = createServer((near) => {
    const pair = { near, far: connect(target.port, target.host) };
    const { far } = pair;
    let isAboutIt = false;
    pairs.add(pair);
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      from.on("error", () => from.destroy());
      from.on("end", () => to.end());
      from.on("close", () => {
        pairs.delete(pair);
        to.destroy();
      });
    }
    far.on("data", (bytes) => near.write(bytes));
    near.on("data", (bytes) => {
      if (bytes.includes("BEGIN")) isAboutIt = false;
      if (trap !== null && bytes.includes(trap.text)) isAboutIt = true;
      const isTrapped = isAboutIt && trap?.isReached === false && bytes.includes("COMMIT");
      if (!isTrapped || trap?.passOn) far.write(bytes);
      if (!isTrapped || trap === null) return;
      trap.isReached = true;
      freeze();
    });
    if (isFrozen) freeze();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The relay has no port.");
  return {
    port: address.port,
    freeze,
    freezeAtCommitOf(text, { passOn }) {
      const set = { text, passOn, isReached: false };
      trap = set;
      return { isReached: () => set.isReached };
    },
    thaw() {
      isFrozen = false;
      trap = null;
      for (const { near, far } of pairs) {
        near.resume();
        far.resume();
      }
    },
    async close() {
      for (const { near, far } of pairs) {
        near.destroy();
        far.destroy();
      }
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
