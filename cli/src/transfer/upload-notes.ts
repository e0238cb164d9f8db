/** Which uploads were begun, so that the same command goes on with them after it ended in the middle. */
import { createHash } from "node:crypto";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod/mini";

const noteSchema = z.object({ id: z.string() });

export class UploadNotes {
  readonly #folder: string;
  readonly #url: string;

  /** `folder` may not be writable: uploads work all the same, and cannot be resumed then. */
  constructor(folder: string, url: string) {
    this.#folder = folder;
    this.#url = url;
  }

  async find(digest: string): Promise<string | null> {
    const text = await readFile(this.#file(digest), "utf8").catch(() => "null");
    try {
      return noteSchema.parse(JSON.parse(text)).id;
    } catch {
      return null;
    }
  }

  async keep(digest: string, id: string): Promise<void> {
    try {
      await mkdir(this.#folder, { recursive: true, mode: 0o700 });
      await writeFile(this.#file(digest), JSON.stringify({ id }), { mode: 0o600 });
    } catch {}
  }

  async forget(digest: string): Promise<void> {
    await rm(this.#file(digest), { force: true }).catch(() => undefined);
  }

  /** By content and server, whatever the file is called. */
  #file(digest: string): string {
    const name = createHash("sha256").update(`${this.#url} ${digest}`).digest("hex");
    return join(this.#folder, `${name}.json`);
  }
}
