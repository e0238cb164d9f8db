import { type KeptUploads, PageMemory } from "./kept-uploads.ts";
import { retryingSend } from "./retrying-send.ts";
import type { Send } from "./send.ts";
import { UploadQueue } from "./upload-queue.ts";
import { UploadsApi } from "./uploads-api.ts";
import { bytesOf, startUploadsServer } from "./uploads-test-server.ts";

export const PART = 1000;
const FAST = { firstMs: 5, longestMs: 20, attempts: 4 };

export const bytes = (seed: number, length: number) =>
  Uint8Array.from({ length }, (_, index) => (index * seed + (index >> 8)) % 251);

export const chosen = (path: string, content: Uint8Array<ArrayBuffer>, lastModified = 1) => ({
  path,
  file: new File([content], path.split("/").at(-1) ?? "", { lastModified }),
});

export const hex = (content: Uint8Array) => Buffer.from(content).toString("hex");

/** A network that can be unplugged. */
class Plug {
  isPlugged = true;
  readonly #callbacks = new Set<() => void>();
  isOnline = () => this.isPlugged;
  onOnline = (callback: () => void) => {
    this.#callbacks.add(callback);
    return () => this.#callbacks.delete(callback);
  };
  plugIn() {
    this.isPlugged = true;
    for (const callback of this.#callbacks) callback();
  }
}

/** A server, a browser's memory and a network, for any number of pages. */
export async function startPlace() {
  const server = await startUploadsServer(PART);
  const kept: KeptUploads = new PageMemory();
  const plug = new Plug();

  /** A page's queue. `until` resolves once the condition holds; `calls` are what it sent. */
  const openPage = (send: Send = server.send) => {
    const watchers = new Set<() => void>();
    const calls: string[] = [];
    const counted: Send = (call) => {
      calls.push(`${call.method} ${call.path}`);
      return send(call);
    };
    const api = new UploadsApi(retryingSend(counted, plug, FAST));
    const queue = new UploadQueue({ api, kept, form: "" }, () => {
      for (const watch of [...watchers]) watch();
    });
    const until = (isSo: () => boolean) =>
      new Promise<void>((done) => {
        const watch = () => {
          if (!isSo()) return;
          watchers.delete(watch);
          done();
        };
        watchers.add(watch);
        watch();
      });
    const parts = () => calls.filter((call) => call.startsWith("PUT "));
    return { queue, until, calls, parts };
  };
  const stored = () => [...server.uploads.values()].map((each) => hex(bytesOf(each)));
  return { server, kept, plug, openPage, stored };
}

export type Place = Awaited<ReturnType<typeof startPlace>>;
