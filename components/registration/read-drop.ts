import type { ChosenFile } from "./chosen-files.ts";

/** The used part of a browser's FileSystemEntry (webkitGetAsEntry, File and Directory Entries API). */
export type DropEntry = {
  isFile: boolean;
  isDirectory: boolean;
  name: string;
  file?: (done: (file: File) => void, failed: (error: Error) => void) => void;
  createReader?: () => {
    readEntries: (done: (entries: DropEntry[]) => void, failed: (error: Error) => void) => void;
  };
};

/**
 * The files of a drop. All entries are taken before the first wait, because browsers empty the list after the event.
 * A dropped item without an entry in a file system (an image dragged out of a page) comes as a plain file.
 */
export async function readDrop(transfer: DataTransfer): Promise<ChosenFile[]> {
  const plain = [...transfer.files].map((file) => ({ path: file.name, file }));
  const entries = [...transfer.items].flatMap((item) => {
    const entry = item.kind === "file" ? item.webkitGetAsEntry() : null;
    return entry ? [entry as DropEntry] : [];
  });
  return entries.length > 0 ? readEntries(entries) : plain;
}

/** All files below the entries, with their paths. Throws the browser's error for an unreadable one. */
export async function readEntries(entries: readonly DropEntry[]): Promise<ChosenFile[]> {
  const files: ChosenFile[] = [];
  const walk = async (entry: DropEntry, folder: string): Promise<void> => {
    const path = folder + entry.name;
    if (entry.isFile && entry.file) {
      const read = entry.file.bind(entry);
      files.push({ path, file: await new Promise<File>((done, failed) => read(done, failed)) });
    } else if (entry.isDirectory) {
      for (const child of await childrenOf(entry)) await walk(child, `${path}/`);
    }
  };
  for (const entry of entries) await walk(entry, "");
  return files;
}

/** Chromium gives a folder's entries a hundred at a time, and an empty list at the end. */
async function childrenOf(entry: DropEntry): Promise<DropEntry[]> {
  const reader = entry.createReader?.();
  const all: DropEntry[] = [];
  while (reader) {
    const some = await new Promise<DropEntry[]>((done, failed) => reader.readEntries(done, failed));
    if (some.length === 0) break;
    all.push(...some);
  }
  return all;
}

/** A picker's files; a folder picker gives each its path from the folder on. */
export function readPicked(list: FileList): ChosenFile[] {
  return [...list].map((file) => ({ path: file.webkitRelativePath || file.name, file }));
}
