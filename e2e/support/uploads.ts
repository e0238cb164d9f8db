import type { Page, Request } from "@playwright/test";

const PART = /\/api\/v1\/uploads\/([0-9a-f-]+)\/parts\/(\d+)$/;

/** The part requests of a page: all that began, and those that the server took. */
export class PartLog {
  readonly begun: { upload: string; part: number }[] = [];
  readonly taken: { upload: string; part: number }[] = [];

  constructor(page: Page) {
    page.on("request", (request) => {
      const part = partOf(request);
      if (part) this.begun.push(part);
    });
    page.on("response", (response) => {
      const part = partOf(response.request());
      if (part && response.ok()) this.taken.push(part);
    });
  }

  /** The one upload that parts were sent to. */
  get upload(): string {
    const ids = new Set(this.begun.map(({ upload }) => upload));
    if (ids.size !== 1) throw new Error(`Parts of ${ids.size} uploads were sent, not of one.`);
    return [...ids][0] ?? "";
  }
}

function partOf(request: Request): { upload: string; part: number } | null {
  const match = request.method() === "PUT" ? PART.exec(new URL(request.url()).pathname) : null;
  return match && { upload: match[1] ?? "", part: Number(match[2]) };
}

/** Lets the page send so many bytes a second; answers what lifts that. */
export async function limitUploads(
  page: Page,
  bytesPerSecond: number,
): Promise<() => Promise<void>> {
  const devtools = await page.context().newCDPSession(page);
  await devtools.send("Network.enable");
  const limit = async (uploadThroughput: number) => {
    await devtools.send("Network.emulateNetworkConditions", {
      offline: false,
      latency: 0,
      downloadThroughput: -1,
      uploadThroughput,
    });
  };
  await limit(bytesPerSecond);
  return () => limit(-1);
}
