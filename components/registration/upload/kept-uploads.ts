import type { ChosenFile } from "../chosen-files.ts";

/** The marks that tell a file from another without reading it. Browsers do not keep the file itself over a reload. */
export type Fingerprint = { path: string; name: string; sizeBytes: number; lastModified: number };

/** An upload that may go on after a reload of the page: the server has its bytes, this record the marks of its file. */
export type KeptUpload = Fingerprint & {
  id: string;
  /** The form that the upload belongs to: a model's name, or "" where a new model is registered. */
  form: string;
  partSizeBytes: number;
};

/** The browser's memory of uploads. Digests of parts are of the bytes that were, or were about to be, sent. */
export interface KeptUploads {
  list(form: string): Promise<KeptUpload[]>;
  /** The uploads of one path. */
  find(form: string, path: string): Promise<KeptUpload[]>;
  keep(upload: KeptUpload): Promise<void>;
  forget(id: string): Promise<void>;
  keepPart(id: string, part: number, digest: string): Promise<void>;
  /** Part -> `Content-Digest`. */
  partDigests(id: string): Promise<Map<number, string>>;
}

export function fingerprintOf({ path, file }: ChosenFile): Fingerprint {
  return { path, name: file.name, sizeBytes: file.size, lastModified: file.lastModified };
}

export function isSameFile(a: Fingerprint, b: Fingerprint): boolean {
  return (
    a.path === b.path &&
    a.name === b.name &&
    a.sizeBytes === b.sizeBytes &&
    a.lastModified === b.lastModified
  );
}

/** For browsers that keep nothing (private windows of some): uploads survive all but a reload. */
export class PageMemory implements KeptUploads {
  readonly #uploads = new Map<string, KeptUpload>();
  readonly #parts = new Map<string, Map<number, string>>();

  async list(form: string): Promise<KeptUpload[]> {
    return [...this.#uploads.values()].filter((upload) => upload.form === form);
  }
  async find(form: string, path: string): Promise<KeptUpload[]> {
    return (await this.list(form)).filter((upload) => upload.path === path);
  }
  async keep(upload: KeptUpload): Promise<void> {
    this.#uploads.set(upload.id, upload);
  }
  async forget(id: string): Promise<void> {
    this.#uploads.delete(id);
    this.#parts.delete(id);
  }
  async keepPart(id: string, part: number, digest: string): Promise<void> {
    const parts = this.#parts.get(id) ?? new Map<number, string>();
    this.#parts.set(id, parts.set(part, digest));
  }
  async partDigests(id: string): Promise<Map<number, string>> {
    return new Map(this.#parts.get(id));
  }
}
