import { z } from "zod";

/** Saved views stay in this browser; there is no user to keep them for while everybody is anonymous. */
const viewsSchema = z
  .array(
    z.object({ name: z.string().min(1).max(80), href: z.string().startsWith("/models").max(4096) }),
  )
  .max(50);
export type View = z.infer<typeof viewsSchema>[number];

const KEY = "models-views";
const NO_VIEWS: readonly View[] = [];
const watchers = new Set<() => void>();
let cached: { text: string | null; views: readonly View[] } = { text: null, views: NO_VIEWS };

/** For useSyncExternalStore; other tabs' changes count too. */
export function watchViews(onChange: () => void): () => void {
  watchers.add(onChange);
  window.addEventListener("storage", onChange);
  return () => {
    watchers.delete(onChange);
    window.removeEventListener("storage", onChange);
  };
}

export function readViews(): readonly View[] {
  try {
    const text = localStorage.getItem(KEY);
    if (text !== cached.text) {
      const parsed = viewsSchema.safeParse(JSON.parse(text ?? "[]"));
      cached = { text, views: parsed.success ? parsed.data : NO_VIEWS };
    }
    return cached.views;
  } catch {
    return NO_VIEWS;
  }
}

export const noViews = (): readonly View[] => NO_VIEWS;

/** Returns false when the browser refuses to keep them. */
export function writeViews(views: readonly View[]): boolean {
  const parsed = viewsSchema.safeParse(views);
  if (!parsed.success) return false;
  try {
    localStorage.setItem(KEY, JSON.stringify(parsed.data));
  } catch {
    return false;
  }
  for (const watcher of watchers) watcher();
  return true;
}
