import { STORAGE_MODEL_SORTS } from "#lib/blobs/schema.ts";

export type ModelSort = (typeof STORAGE_MODEL_SORTS)[number];
const DEFAULT_SORT: ModelSort = "-stored_bytes";

export type StorageParams = Record<string, string | string[] | undefined>;

/** The page's state, from its address; parameters that are not understood are left out. */
export function parseStorageAddress(params: StorageParams): { sort: ModelSort; cursor?: string } {
  const sort = STORAGE_MODEL_SORTS.find((known) => known === params.sort) ?? DEFAULT_SORT;
  const { cursor } = params;
  return typeof cursor === "string" && cursor !== "" ? { sort, cursor } : { sort };
}

/** The address as a link; defaults are left out. */
export function storageHref(address: { sort: ModelSort; cursor?: string }): string {
  const search = new URLSearchParams();
  if (address.sort !== DEFAULT_SORT) search.set("sort", address.sort);
  if (address.cursor) search.set("cursor", address.cursor);
  return search.size > 0 ? `/storage?${search}` : "/storage";
}
