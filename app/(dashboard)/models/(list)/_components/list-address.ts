/**
 * The list's state is its address, with the parameters of `GET /models` (so that the same address with
 * another Accept header answers JSON). Pure: used by the page and by client components.
 */

import { type ListModelsQuery, listModelsQuery } from "#lib/models/request-schema.ts";
import { LIST_LIMIT_DEFAULT } from "#lib/wire/page.ts";
import { textProblem } from "#lib/wire/storable-text.ts";

export type SearchParams = Record<string, string | string[] | undefined>;

export type ListAddress = Omit<ListModelsQuery, "facets">;

/** The filters in which a reader may choose several values. */
export const MULTI_FACETS = ["framework", "format", "stage", "verdict", "tag"] as const;
export type MultiFacet = (typeof MULTI_FACETS)[number];

export const DEFAULT_SORT = "-updated_at";
export const PAGE_SIZES = [25, 50, 100, 200] as const;

/**
 * Reads an address leniently: a filter that is not understood is left out and named in `ignored`, because a reader
 * can do nothing with an error page for a mistyped filter.
 */
export function parseListAddress(params: SearchParams): {
  address: ListAddress;
  ignored: string[];
} {
  const ignored = new Set<string>();
  const kept: SearchParams = {};
  for (const [key, value] of Object.entries(params)) {
    if (key in listModelsQuery.shape && key !== "facets" && isStorable(value))
      kept[key] = value === "" ? undefined : value;
    else ignored.add(key);
  }
  let parsed = listModelsQuery.safeParse(kept);
  if (!parsed.success) {
    for (const issue of parsed.error.issues) {
      const key = String(issue.path[0]);
      ignored.add(key);
      delete kept[key];
    }
    parsed = listModelsQuery.safeParse(kept);
  }
  const { facets: _, ...address } = parsed.success ? parsed.data : listModelsQuery.parse({});
  return { address, ignored: [...ignored] };
}

function isStorable(value: string | string[] | undefined): boolean {
  return [value ?? ""].flat().every((text) => textProblem(text) === null);
}

/** The address as a link; defaults are left out, and the order is always the same. */
export function listHref(address: Partial<ListAddress>): string {
  const search = new URLSearchParams();
  const put = (key: string, value: string | number | undefined) => {
    if (value !== undefined && value !== "") search.append(key, String(value));
  };
  put("query", address.query);
  for (const name of MULTI_FACETS) for (const value of address[name] ?? []) put(name, value);
  put("owner", address.owner);
  put("framework_support", address.framework_support);
  put("min_parameters", address.min_parameters);
  put("max_parameters", address.max_parameters);
  if (address.sort !== DEFAULT_SORT) put("sort", address.sort);
  if (address.limit !== LIST_LIMIT_DEFAULT) put("limit", address.limit);
  put("cursor", address.cursor);
  const text = search.toString();
  return text ? `/models?${text}` : "/models";
}

/** The address with another choice, from its first page: a cursor belongs to one list only. */
export function changedHref(address: ListAddress, change: Partial<ListAddress>): string {
  return listHref({ ...address, ...change, cursor: undefined });
}

/** The same list without any filter; order and page size stay. */
export function clearedHref(address: ListAddress): string {
  return listHref({ sort: address.sort, limit: address.limit });
}

export function toggled<T extends string>(values: readonly T[] | undefined, value: T): T[] {
  const present = values ?? [];
  return present.includes(value) ? present.filter((v) => v !== value) : [...present, value];
}

export function hasFilters(address: ListAddress): boolean {
  return clearedHref(address) !== changedHref(address, {});
}

const SCALES: Record<string, number> = { "": 1, k: 1e3, m: 1e6, b: 1e9, g: 1e9, t: 1e12 };

/**
 * "7B" -> 7000000000, "1,5 M" -> 1500000, "125000000" -> 125000000; "" -> undefined; null when it is
 * no number. People write parameter counts like this.
 */
export function parseCount(text: string): number | undefined | null {
  const trimmed = text.trim().toLowerCase();
  if (trimmed === "") return undefined;
  const match = /^(\d+(?:[.,]\d+)?)\s*([kmbgt]?)i?$/.exec(trimmed);
  if (!match) return null;
  const value = Math.round(Number(match[1]?.replace(",", ".")) * (SCALES[match[2] ?? ""] ?? 1));
  return Number.isSafeInteger(value) ? value : null;
}
