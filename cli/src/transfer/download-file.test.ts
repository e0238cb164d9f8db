/** Downloads from servers that lie, break off, or do not do ranges at all. */
import { createHash, randomBytes } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { EXIT } from "../exit-codes.ts";
import type { Failure } from "../failure.ts";
import { Registry } from "../http/registry.ts";
import { translator } from "../messages/translate.ts";
import { VERSION } from "../version.ts";
import { downloadFile } from "./download-file.ts";

const BYTES = randomBytes(20 * 1024 * 1024 + 17);
const DIGEST = `sha256:${createHash("sha256").update(BYTES).digest("hex")}`;
const t = translator("en");

type Answer = (request: IncomingMessage, response: ServerResponse, range: [number, number]) => void;

let server: Server;
let folder: string;
let answer: Answer;
let asked: [number, number][];
let aborted: AbortController;

/** As the registry answers. */
const honest: Answer = (_request, response, [first, last]) => {
  response.writeHead(206, {
    "content-range": `bytes ${first}-${last}/${BYTES.length}`,
    "content-length": last - first + 1,
  });
  response.end(BYTES.subarray(first, last + 1));
};

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "download-file-"));
  answer = honest;
  asked = [];
  aborted = new AbortController();
  server = createServer((request, response) => {
    if (request.url === "/healthz") {
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify({ status: "ok", version: VERSION }));
      return;
    }
    const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? "") ?? [];
    asked.push([Number(first), Number(last)]);
    answer(request, response, [Number(first), Number(last)]);
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((closed) => server.close(closed));
  rmSync(folder, { recursive: true, force: true });
});

const part = () => join(folder, ".x.part");
const target = () => join(folder, "model.bin");

async function download(sizeBytes = BYTES.length, digest = DIGEST): Promise<Failure | null> {
  const address = server.address();
  const port = typeof address === "object" ? address?.port : 0;
  const { signal } = aborted;
  const registry = new Registry({
    url: `http://127.0.0.1:${port}`,
    token: "secret",
    t,
    signal,
    onWait: () => undefined,
  });
  const bar = { add: () => undefined, skip: () => undefined };
  const job = { registry, path: "/models/m/versions/1/files/f", acceptRisk: false, bar, t, signal };
  return downloadFile({ ...job, sizeBytes, digest, jobs: 4 }, part(), target()).then(
    () => null,
    (error) => error,
  );
}

const isRight = () => readFileSync(target()).equals(BYTES);

describe("a download", () => {
  it("has the bytes of all ranges in their order, and leaves no part behind", async () => {
    expect(await download()).toBeNull();
    expect(isRight()).toBe(true);
    expect(existsSync(part())).toBe(false);
    expect(asked).toHaveLength(3);
  });

  it("goes on after the bytes that an earlier run left", async () => {
    writeFileSync(part(), BYTES.subarray(0, 15_000_001));
    expect(await download()).toBeNull();
    expect(isRight()).toBe(true);
    expect(Math.min(...asked.map(([first]) => first))).toBe(15_000_001);
  });

  it("fetches everything once more when what an earlier run left is damaged or too long", async () => {
    for (const left of [randomBytes(15_000_000), randomBytes(BYTES.length + 5)]) {
      writeFileSync(part(), left);
      expect(await download()).toBeNull();
      expect(isRight()).toBe(true);
    }
  });

  it("goes on where answers were cut, also when each connection serves one range only", async () => {
    let cuts = 0;
    answer = (request, response, range) => {
      response.setHeader("connection", "close");
      const [first, last] = range;
      if (cuts === 5) return honest(request, response, range);
      cuts += 1;
      response.writeHead(206, {
        "content-range": `bytes ${first}-${last}/${BYTES.length}`,
        "content-length": last - first + 1,
      });
      response.write(BYTES.subarray(first, first + 1_000_000), () => response.destroy());
    };
    expect(await download()).toBeNull();
    expect(isRight()).toBe(true);
  });

  it("waits for a server that is busy", async () => {
    let refusals = 0;
    answer = (request, response, range) => {
      if (refusals === 4) return honest(request, response, range);
      refusals += 1;
      response.writeHead(503, { "retry-after": "0" }).end();
    };
    expect(await download()).toBeNull();
    expect(isRight()).toBe(true);
  });

  it("sends the token with every range", async () => {
    const tokens = new Set<string | undefined>();
    answer = (request, response, range) => {
      tokens.add(request.headers.authorization);
      honest(request, response, range);
    };
    await download();
    expect([...tokens]).toEqual(["Bearer secret"]);
  });

  it("keeps what came when it is interrupted", async () => {
    answer = (request, response, range) => {
      if (range[0] === 0) honest(request, response, range);
      else aborted.abort(new Error("SIGINT"));
    };
    expect(await download()).toMatchObject({ message: "SIGINT" });
    expect(statSync(part()).size % (8 * 1024 * 1024)).toBe(0);
    expect(existsSync(target())).toBe(false);
  });
});

describe("a hostile server", () => {
  it("with other bytes is found by the digest, and its bytes are removed", async () => {
    answer = (_request, response, [first, last]) => {
      response.writeHead(206, { "content-range": `bytes ${first}-${last}/${BYTES.length}` });
      response.end(Buffer.alloc(last - first + 1));
    };
    expect(await download()).toMatchObject({ exitCode: EXIT.damaged });
    expect(existsSync(part()) || existsSync(target())).toBe(false);
  });

  it.each<[string, Answer]>([
    ["the whole instead of a range", (_request, response) => response.end(BYTES)],
    [
      "another range",
      (_request, response, [first, last]) => {
        response.writeHead(206, {
          "content-range": `bytes ${first + 1}-${last + 1}/${BYTES.length}`,
        });
        response.end(BYTES.subarray(first + 1, last + 2));
      },
    ],
    [
      "an encoding that nobody asked for",
      (_request, response, [first, last]) => {
        response.writeHead(206, {
          "content-encoding": "gzip",
          "content-range": `bytes ${first}-${last}/${BYTES.length}`,
        });
        response.end("x");
      },
    ],
    [
      "more bytes than it announced",
      (request, response, [first, last]) => {
        const head = `content-range: bytes ${first}-${last}/${BYTES.length}`;
        request.socket.write(`HTTP/1.1 206 x\r\n${head}\r\n\r\n`);
        request.socket.write(BYTES.subarray(0, last - first + 1));
        request.socket.end("and more");
        response.destroy();
      },
    ],
    ["HTML", (_request, response) => response.setHeader("content-type", "text/html").end("<html>")],
  ])("that sends %s is no registry", async (_name, hostile) => {
    answer = hostile;
    expect(await download()).toMatchObject({ exitCode: EXIT.incompatible });
    expect(existsSync(target())).toBe(false);
  });

  it("with a head without an end does not fill the memory", async () => {
    answer = (request) => {
      request.socket.write("HTTP/1.1 206 x\r\n");
      const more = () => {
        if (request.socket.write(`x: ${"y".repeat(60_000)}\r\n`)) setImmediate(more);
        else request.socket.once("drain", more);
      };
      more();
    };
    expect(await download()).toMatchObject({ exitCode: EXIT.incompatible });
  });

  it("that refuses is believed, and told with its own words", async () => {
    answer = (_request, response) => {
      response.writeHead(403, { "content-type": "application/problem+json" });
      response.end(
        JSON.stringify({
          code: "version_quarantined",
          detail: "It is \u001b[31mbad.",
          request_id: "r1",
        }),
      );
    };
    const failure = await download();
    expect(failure).toMatchObject({
      exitCode: EXIT.notClean,
      message: "It is  [31mbad. (request r1)",
    });
  });
});
