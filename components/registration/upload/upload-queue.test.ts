import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { bytes, chosen, hex, PART, type Place, startPlace } from "./upload-test-place.ts";

let place: Place;
beforeEach(async () => {
  place = await startPlace();
});
afterEach(() => place.server.close());

describe("UploadQueue", () => {
  it("brings files of every length over whole, four connections at most", async () => {
    const contents = [1, PART - 1, PART, PART + 1, 5 * PART, 7 * PART + 3].map((length, index) =>
      bytes(index + 3, length),
    );
    place.server.state.hook = () => new Promise((done) => setTimeout(() => done(false), 3));
    const { queue } = place.openPage();
    const files = contents.map((content, index) => chosen(`f/${index}.bin`, content));
    expect(await queue.run(files)).toBe("stored");
    expect(place.stored().sort()).toEqual(contents.map(hex).sort());
    expect(place.server.parts()).toHaveLength(1 + 1 + 1 + 2 + 5 + 8);
    expect(place.server.state.mostInFlight).toBe(4);
    expect(queue.refs.map((ref) => ref.path)).toEqual(files.map(({ path }) => path));
    expect(queue.state).toMatchObject({ phase: "idle" });
    expect(queue.state.sentBytes).toBe(queue.state.totalBytes);
  });

  it("sends nothing of what the registry has, and names it by its digest", async () => {
    const content = bytes(3, 50);
    const hash = Buffer.from(await crypto.subtle.digest("SHA-256", content)).toString("hex");
    place.server.known.add(`sha256:${hash}`);
    const { queue } = place.openPage();
    expect(await queue.run([chosen("a.bin", content)])).toBe("stored");
    expect(place.server.parts()).toEqual([]);
    expect(queue.refs).toEqual([{ path: "a.bin", digest: `sha256:${hash}` }]);
    expect(queue.state.files.get("a.bin")?.wasStored).toBe(true);
  });

  it("asks about all files before the first byte, and sends none when one is refused", async () => {
    let created = 0;
    place.server.state.hook = (req, res) => {
      if (req.method !== "POST") return false;
      created += 1;
      if (created < 3) return false;
      res.writeHead(507).end('{"code":"insufficient_storage","detail":"full"}');
      return true;
    };
    const { queue } = place.openPage();
    const files = ["a", "b", "c"].map((name) => chosen(name, bytes(2, 3 * PART)));
    expect(await queue.run(files)).toBe("failed");
    expect(place.server.parts()).toEqual([]);
    const failed = [...queue.state.files.values()].filter((each) => each.phase === "failed");
    expect(failed).toMatchObject([{ error: { status: 507, code: "insufficient_storage" } }]);
    // A full disk is not a passing trouble, so that each file asks once.
    expect(created).toBe(3);
  });

  it("has few uploads open at once, however many files there are", async () => {
    let mostOpen = 0;
    const { queue } = place.openPage(async (call) => {
      const answer = await place.server.send(call);
      const open = [...place.server.uploads.values()].filter((each) => each.digest === null);
      mostOpen = Math.max(mostOpen, open.length);
      return answer;
    });
    const files = Array.from({ length: 200 }, (_, index) =>
      chosen(`${index}`, bytes(3, 10 + index)),
    );
    expect(await queue.run(files)).toBe("stored");
    expect(place.server.uploads.size).toBe(200);
    expect(mostOpen).toBeLessThanOrEqual(60);
  });

  it("tries again after lost connections, 5xx, 429 and bytes that were changed on the way", async () => {
    const content = bytes(5, 6 * PART);
    const troubles = ["cut", 500, 503, 429, "digest"];
    place.server.state.hook = (req, res) => {
      const trouble = req.method === "PUT" ? troubles.shift() : undefined;
      if (trouble === undefined) return false;
      if (trouble === "cut") req.socket.destroy();
      else if (trouble === "digest") res.writeHead(400).end('{"code":"digest_mismatch"}');
      else res.writeHead(trouble as number, { "Retry-After": "0" }).end("{}");
      return true;
    };
    const { queue } = place.openPage();
    expect(await queue.run([chosen("a", content)])).toBe("stored");
    expect(place.stored()).toEqual([hex(content)]);
    expect(place.server.parts()).toHaveLength(6 + 5);
  });

  it("lets one file fail alone, and sends only what is missing of it on a retry", async () => {
    const [good, bad] = [bytes(3, 2 * PART), bytes(7, 3 * PART)];
    let isBroken = true;
    const { queue } = place.openPage();
    place.server.state.hook = async (req, res) => {
      const upload = place.server.uploads.get(req.url?.split("/")[4] ?? "");
      if (req.method !== "PUT" || upload?.sizeBytes !== bad.length) return false;
      if (!isBroken || req.url?.endsWith("/0")) return false;
      await vi.waitFor(() =>
        expect(queue.state.files.get("bad")?.sentBytes).toBeGreaterThanOrEqual(PART),
      );
      res.writeHead(403).end('{"code":"forbidden"}');
      return true;
    };
    expect(await queue.run([chosen("bad", bad), chosen("good", good)])).toBe("failed");
    expect(queue.state.files.get("good")?.phase).toBe("stored");
    expect(queue.state.files.get("bad")).toMatchObject({
      phase: "failed",
      error: { code: "forbidden" },
    });
    isBroken = false;
    place.server.requests.length = 0;
    await queue.retry("bad");
    expect(queue.state.files.get("bad")?.phase).toBe("stored");
    expect(place.server.parts()).toHaveLength(2);
    expect(place.stored().sort()).toEqual([hex(good), hex(bad)].sort());
  });

  it("sends no part again that arrived while the answer to it was cut off", async () => {
    const content = bytes(7, 3 * PART);
    const arrived = Promise.withResolvers<void>();
    let isBroken = true;
    const { queue, parts } = place.openPage(async (call) => {
      if (!isBroken || call.method !== "PUT") return place.server.send(call);
      if (!call.path.endsWith("/0")) {
        await arrived.promise;
        return { status: 403, text: '{"code":"forbidden"}', header: () => null };
      }
      await place.server.send({ ...call, signal: new AbortController().signal });
      arrived.resolve();
      // The answer never comes: the refusal of another part cuts it off.
      return new Promise((_answer, reject) => {
        call.signal.addEventListener("abort", () => reject(call.signal.reason));
      });
    });
    expect(await queue.run([chosen("a", content)])).toBe("failed");
    isBroken = false;
    const before = parts().length;
    await queue.retry("a");
    expect(place.stored()).toEqual([hex(content)]);
    const again = parts().slice(before);
    expect(again.map((call) => call.at(-1)).sort()).toEqual(["1", "2"]);
  });

  it("stops at once on pause, and goes on with the missing parts on resume", async () => {
    const content = bytes(11, 20 * PART);
    const { queue, until } = place.openPage();
    const running = queue.run([chosen("a", content)]);
    await until(() => queue.state.sentBytes >= 5 * PART);
    queue.pause();
    expect(queue.state.phase).toBe("paused");
    const upload = [...place.server.uploads.values()][0];
    const before = new Set(upload?.parts.keys());
    place.server.requests.length = 0;
    queue.resume();
    expect(await running).toBe("stored");
    expect(place.stored()).toEqual([hex(content)]);
    // Parts that had been answered are not sent again; four at most were on their way.
    expect(place.server.parts().length).toBeGreaterThanOrEqual(20 - before.size);
    expect(place.server.parts().length).toBeLessThanOrEqual(20 - before.size + 4);
  });

  it("leaves nothing on the server or in memory after a cancel", async () => {
    const { queue, until } = place.openPage();
    const running = queue.run(["a", "b"].map((name) => chosen(name, bytes(9, 9 * PART))));
    await until(() => queue.state.sentBytes >= 3 * PART);
    await queue.cancel();
    expect(await running).toBe("cancelled");
    expect(place.server.uploads.size).toBe(0);
    expect(await place.kept.list("")).toEqual([]);
  });

  it("gives up its hold on the bytes once they are a version", async () => {
    const { queue } = place.openPage();
    await queue.run(["a", "b"].map((name) => chosen(name, bytes(9, 2 * PART))));
    await queue.release();
    expect(await place.kept.list("")).toEqual([]);
    await vi.waitFor(() => expect(place.server.uploads.size).toBe(0));
  });

  it("waits for the network without counting tries, and for a server that restarts", async () => {
    const content = bytes(13, 12 * PART);
    let isUnplugging = true;
    let unplugged = 0;
    const { queue, until } = place.openPage(async (call) => {
      if (!place.plug.isPlugged) unplugged += 1;
      return place.server.send(call);
    });
    const running = queue.run([chosen("a", content)]);
    await until(() => queue.state.sentBytes >= 3 * PART);
    place.server.state.hook = (req) => {
      if (!isUnplugging) return false;
      place.plug.isPlugged = false;
      req.socket.destroy();
      return true;
    };
    await until(() => queue.state.files.get("a")?.retryAt === null);
    isUnplugging = false;
    await place.server.close();
    const tried = unplugged;
    place.plug.plugIn();
    await until(() => typeof queue.state.files.get("a")?.retryAt === "number");
    await place.server.reopen();
    expect(await running).toBe("stored");
    expect(unplugged).toBe(tried);
    expect(place.stored()).toEqual([hex(content)]);
  });
});
