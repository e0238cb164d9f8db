"use client";

import { useEffect, useState } from "react";

/** `null` is the first page, a string the cursor of another. */
type Trail = (string | null)[];

const KEY = "models-trail";
const emptyTrail: Trail = [null];

function read(list: string): Trail {
  try {
    const stored: unknown = JSON.parse(sessionStorage.getItem(KEY) ?? "null");
    const trail = (stored as Record<string, Trail> | null)?.[list];
    return Array.isArray(trail) && trail[0] === null ? trail : emptyTrail;
  } catch {
    return emptyTrail;
  }
}

function write(list: string, trail: Trail): void {
  try {
    // One list at a time: a long session must not fill the storage.
    sessionStorage.setItem(KEY, JSON.stringify({ [list]: trail }));
  } catch {
    // Storage is blocked: "Previous" then leads to the first page.
  }
}

/**
 * Cursors only lead forward. The cursors that this tab has passed are remembered, so that "Previous"
 * is a real link and the page knows its number.
 *
 * @param list the address without its cursor
 * @returns the number of pages before this one and the cursor of the one before; null when this page
 * was opened directly
 */
export function usePageTrail(
  list: string,
  cursor: string | undefined,
  nextCursor: string | null,
): { before: number; previous: string | null } | null {
  const [place, setPlace] = useState<{ before: number; previous: string | null } | null>(null);
  useEffect(() => {
    const trail = read(list);
    const before = trail.indexOf(cursor ?? null);
    setPlace(before < 0 ? null : { before, previous: trail[before - 1] ?? null });
    if (before >= 0 && nextCursor) write(list, [...trail.slice(0, before + 1), nextCursor]);
  }, [list, cursor, nextCursor]);
  return place;
}
