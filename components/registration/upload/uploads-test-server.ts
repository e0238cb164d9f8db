// biome-ignore-start lint/style/noRestrictedImports: a real server to speak to, for tests only
import { createHash, randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
// biome-ignore-end lint/style/noRestrictedImports: as above
import { ApiError } from "#components/api/request.ts";
import type { Send } from "./send.ts";

type Stored = { sizeBytes: number; parts: Map<number, Buffer>; digest: string | null };
/** Returns true when it has answered the request itself. */
type Hook = (req: IncomingMessage, res: ServerResponse) => boolean | Promise<boolean>;

/** A server that speaks `/uploads` over real sockets, keeps the bytes, and can be made to fail. */
export async function startUploadsServer(partSizeBytes: number) {
  const uploads = new Map<string, Stored>();
  const known = new Set<string>();
  const requests: string[] = [];
  const state = { hook: null as Hook | null, inFlight: 0, mostInFlight: 0 };

  const server = createServer(async (req, res) => {
    requests.push(`${req.method} ${req.url}`);
    state.inFlight += 1;
    state.mostInFlight = Math.max(state.mostInFlight, state.inFlight);
    res.on("close", () => {
      state.inFlight -= 1;
    });
    if (await state.hook?.(req, res)) return;
    const body = await readBody(req).catch(() => null);
    if (body !== null) answer(req, res, body);
  });

  const answer = (req: IncomingMessage, res: ServerResponse, body: Buffer) => {
    const [, id = "", action, number] = (req.url ?? "").replace("/api/v1/uploads", "").split("/");
    const upload = uploads.get(id);
    const json = (status: number, value: unknown) =>
      res.writeHead(status, { "Content-Type": "application/json" }).end(JSON.stringify(value));
    if (req.method === "POST" && id === "") {
      const { size_bytes, digest } = JSON.parse(body.toString());
      if (digest !== undefined && known.has(digest)) return json(200, { stored: true });
      const created = randomUUID();
      uploads.set(created, { sizeBytes: size_bytes, parts: new Map(), digest: null });
      return json(201, wire(created));
    }
    if (!upload) return json(404, { code: "upload_not_found" });
    if (req.method === "GET") return json(200, wire(id));
    if (req.method === "DELETE") {
      uploads.delete(id);
      return res.writeHead(204).end();
    }
    if (action === "complete") {
      if (upload.parts.size < partsOf(upload)) return json(409, { code: "upload_incomplete" });
      upload.digest = `sha256:${createHash("sha256").update(bytesOf(upload)).digest("hex")}`;
      return json(200, { digest: upload.digest, size_bytes: upload.sizeBytes });
    }
    const announced = req.headers["content-digest"];
    const hash = createHash("sha256").update(body).digest("base64");
    if (announced !== undefined && announced !== `sha-256=:${hash}:`)
      return json(400, { code: "digest_mismatch" });
    upload.parts.set(Number(number), body);
    return res.writeHead(204).end();
  };
  const partsOf = (upload: Stored) => Math.ceil(upload.sizeBytes / partSizeBytes);
  const wire = (id: string) => {
    const upload = uploads.get(id) as Stored;
    return {
      id,
      part_size_bytes: partSizeBytes,
      parts: partsOf(upload),
      received: [...upload.parts.keys()],
      expires_at: new Date(Date.now() + 60_000).toISOString(),
      digest: upload.digest,
    };
  };
  const listen = (port: number) =>
    new Promise<void>((done) => server.listen(port, "127.0.0.1", done));
  await listen(0);
  const { port } = server.address() as AddressInfo;
  const base = `http://127.0.0.1:${port}/api/v1`;
  const close = async () => {
    const closed = new Promise((done) => server.close(done));
    server.closeAllConnections();
    await closed;
  };
  return {
    uploads,
    known,
    requests,
    state,
    send: sendByFetch(base),
    parts: () => requests.filter((line) => line.startsWith("PUT ")),
    close,
    /** Opens the same server again, with the uploads that it had. */
    reopen: () => listen(port),
  };
}

export type UploadsServer = Awaited<ReturnType<typeof startUploadsServer>>;

export function bytesOf(upload: Stored): Buffer {
  const sorted = [...upload.parts].sort(([a], [b]) => a - b);
  return Buffer.concat(sorted.map(([, bytes]) => bytes));
}

async function readBody(req: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of req) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** Sends by Node's fetch; the browser journeys try the browser's way. */
function sendByFetch(base: string): Send {
  return async ({ method, path, headers, body, signal, onProgress }) => {
    try {
      const response = await fetch(base + path, { method, headers, body, signal });
      const text = await response.text();
      if (body instanceof ArrayBuffer) onProgress?.(body.byteLength);
      return { status: response.status, text, header: (name) => response.headers.get(name) };
    } catch (cause) {
      if (signal.aborted) throw signal.reason;
      throw new ApiError({ status: 0, code: "network", cause });
    }
  };
}
