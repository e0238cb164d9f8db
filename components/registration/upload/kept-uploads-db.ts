import { type KeptUpload, type KeptUploads, PageMemory } from "./kept-uploads.ts";

const DATABASE = "model-registry-uploads";
const UPLOADS = "uploads";
const PARTS = "parts";
const PATH_INDEX = "path";

/** The browser's IndexedDB: a folder of ten thousand files is too much for localStorage's 5 MB. */
export async function openKeptUploads(): Promise<KeptUploads> {
  try {
    return new KeptUploadsDb(await openDatabase());
  } catch {
    return new PageMemory();
  }
}

class KeptUploadsDb implements KeptUploads {
  readonly #db: IDBDatabase;

  constructor(db: IDBDatabase) {
    this.#db = db;
  }

  list(form: string): Promise<KeptUpload[]> {
    return ask(this.#uploads().getAll(IDBKeyRange.bound([form], [form, []])));
  }

  find(form: string, path: string): Promise<KeptUpload[]> {
    return ask(this.#uploads().getAll([form, path]));
  }

  #uploads(): IDBIndex {
    return this.#db.transaction(UPLOADS).objectStore(UPLOADS).index(PATH_INDEX);
  }

  async keep(upload: KeptUpload): Promise<void> {
    const change = this.#db.transaction(UPLOADS, "readwrite");
    change.objectStore(UPLOADS).put(upload);
    await settled(change);
  }

  async forget(id: string): Promise<void> {
    const change = this.#db.transaction([UPLOADS, PARTS], "readwrite");
    change.objectStore(UPLOADS).delete(id);
    change.objectStore(PARTS).delete(partsOf(id));
    await settled(change);
  }

  async keepPart(id: string, part: number, digest: string): Promise<void> {
    const change = this.#db.transaction(PARTS, "readwrite");
    change.objectStore(PARTS).put(digest, [id, part]);
    await settled(change);
  }

  async partDigests(id: string): Promise<Map<number, string>> {
    const parts = this.#db.transaction(PARTS).objectStore(PARTS);
    const [keys, digests] = await Promise.all([
      ask(parts.getAllKeys(partsOf(id))),
      ask<string[]>(parts.getAll(partsOf(id))),
    ]);
    return new Map(
      keys.map((key, index) => [(key as [string, number])[1], digests[index] as string]),
    );
  }
}

/** Arrays sort after numbers and texts, so `[]` is behind every part, and above behind every path. */
const partsOf = (id: string) => IDBKeyRange.bound([id], [id, []]);

function openDatabase(): Promise<IDBDatabase> {
  const opening = indexedDB.open(DATABASE, 1);
  opening.onupgradeneeded = () => {
    opening.result
      .createObjectStore(UPLOADS, { keyPath: "id" })
      .createIndex(PATH_INDEX, ["form", "path"]);
    opening.result.createObjectStore(PARTS);
  };
  return ask(opening);
}

function ask<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

function settled(change: IDBTransaction): Promise<void> {
  return new Promise((resolve, reject) => {
    change.oncomplete = () => resolve();
    change.onerror = () => reject(change.error);
    change.onabort = () => reject(change.error);
  });
}
