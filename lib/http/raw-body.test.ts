import { createHash, randomBytes } from "node:crypto";
import { Agent, createServer, type Server, request as send } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { NodeRequest } from "./api-request.ts";
import { discardRest, requestBody } from "./raw-body.ts";

const MEBIBYTE = 1024 * 1024;
const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

/** What a test does with the body; its text is the answer. */
type Consumer = (body: AsyncIterable<Uint8Array>) => Promise<string>;

describe("requestBody", () => {
  let server: Server;
  let port: number;
  let consume: Consumer;
  let failures: unknown[];

  beforeEach(async () => {
    failures = [];
    server = createServer(async (incoming, outgoing) => {
      outgoing.on("close", () => discardRest(incoming));
      const body = requestBody(new NodeRequest(incoming, outgoing));
      try {
        outgoing.end(body === null ? "" : await consume(body));
      } catch (error) {
        failures.push(error);
        outgoing.destroy();
      }
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    port = (server.address() as AddressInfo).port;
  });
  afterEach(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  function post(body: Uint8Array, agent?: Agent, headers: Record<string, string> = {}) {
    return new Promise<string>((resolve, reject) => {
      const options = { port, method: "POST", headers, ...(agent ? { agent } : {}) };
      const request = send(options, async (response) => {
        let text = "";
        for await (const chunk of response) text += chunk;
        resolve(text);
      });
      request.on("error", reject).end(body);
    });
  }
  const hashing: Consumer = async (body) => {
    const hash = createHash("sha256");
    for await (const chunk of body) hash.update(chunk);
    return hash.digest("hex");
  };

  it("gives all bytes, however slowly they are taken", async () => {
    const bytes = randomBytes(5 * MEBIBYTE + 3);
    consume = async (body) => {
      const hash = createHash("sha256");
      for await (const chunk of body) {
        hash.update(chunk);
        if (Math.random() < 0.2) await sleep(2);
      }
      return hash.digest("hex");
    };
    expect(await post(bytes)).toBe(sha256(bytes));
  });

  it("gives each of many requests its own body, whatever the client calls itself", async () => {
    consume = hashing;
    const bodies = Array.from({ length: 20 }, (_, index) => randomBytes(1000 * index));
    const forged = { "x-registry-request": "1" };
    const answers = await Promise.all(bodies.map((body) => post(body, undefined, forged)));
    expect(answers).toEqual(bodies.map(sha256));
  });

  it("lets the client wait while nothing is taken", async () => {
    let release = () => {};
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    consume = async (body) => {
      for await (const _ of body) await released;
      return "done";
    };
    const socket = connect(port, "127.0.0.1");
    socket.write(`POST / HTTP/1.1\r\nHost: x\r\nContent-Length: ${200 * MEBIBYTE}\r\n\r\n`);
    socket.write(Buffer.alloc(200 * MEBIBYTE));
    await sleep(500);
    // Bytes that have left the client are in the sockets' buffers, and at most 1 MiB of them in ours.
    expect(socket.writableLength).toBeGreaterThan(0);
    release();
    const answer = await new Promise<string>((resolve) =>
      socket.once("data", (chunk: Buffer) => resolve(chunk.toString())),
    );
    expect(answer).toContain("done");
    socket.destroy();
  });

  it("fails when the client goes away", async () => {
    consume = hashing;
    const socket = connect(port, "127.0.0.1");
    socket.write("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\nabc");
    await sleep(50);
    socket.destroy();
    for (let n = 0; n < 100 && failures.length === 0; n += 1) await sleep(10);
    expect(failures).toHaveLength(1);
  });

  it("answers an early refusal, and the connection serves the next request", async () => {
    consume = async (body) => {
      for await (const _ of body) return "refused";
      return "empty";
    };
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    expect(await post(randomBytes(20 * MEBIBYTE), agent)).toBe("refused");
    consume = hashing;
    const second = randomBytes(1000);
    expect(await post(second, agent)).toBe(sha256(second));
    agent.destroy();
  });

  it("reads the web stream where there is no server of ours", async () => {
    const request = new Request("http://test/", { method: "POST", body: "text" });
    let text = "";
    for await (const chunk of requestBody(request) ?? []) text += Buffer.from(chunk).toString();
    expect(text).toBe("text");
    expect(requestBody(new Request("http://test/"))).toBeNull();
  });
});
