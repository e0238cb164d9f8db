import { notFound } from "next/navigation";
import { isRegistryError } from "#lib/errors.ts";
import { modelParams, versionParams } from "#lib/http/path-schema.ts";

/** The model that the address names; Next hands a page its segments percent-encoded. */
export function readModelParams(params: { name: string }): { name: string } {
  return modelParams.safeParse(decodeAll(params)).data ?? notFound();
}

/** The model and the version that the address names: `1.2.0`, `latest` or `@alias`. */
export function readVersionParams(params: { name: string; ref: string }) {
  return versionParams.safeParse(decodeAll(params)).data ?? notFound();
}

function decodeAll<T extends Record<string, string>>(params: T): Record<string, string> | null {
  try {
    return Object.fromEntries(
      Object.entries(params).map(([key, segment]) => [key, decodeURIComponent(segment)]),
    );
  } catch {
    return null;
  }
}

/** A model or version that is not there becomes the page that says so. */
export async function orNotFound<T>(reading: Promise<T>): Promise<T> {
  try {
    return await reading;
  } catch (error) {
    if (isRegistryError(error) && error.code.endsWith("_not_found")) notFound();
    throw error;
  }
}

/** null for a cursor of an old link: the caller leads to the first page. */
export async function orStale<T>(reading: Promise<T>): Promise<T | null> {
  try {
    return await reading;
  } catch (error) {
    if (isRegistryError(error) && error.code === "invalid_cursor") return null;
    throw error;
  }
}

export type SearchParams = Record<string, string | string[] | undefined>;

/** The first value of a query parameter. */
export function readOne(params: SearchParams, key: string): string | undefined {
  const value = params[key];
  return Array.isArray(value) ? value[0] : value;
}

/** One of `values`, the first of them when the address says nothing or something else. */
export function readTab<const T extends string>(
  params: SearchParams,
  values: readonly [T, ...T[]],
): T {
  const wanted = readOne(params, "tab");
  return values.find((value) => value === wanted) ?? values[0];
}

/** Beyond the last page of every list; a larger number would not fit into the database's integers. */
const PAGE_MAX = 1_000_000;

/** A page number from 1; anything else is page 1. */
export function readPageNumber(params: SearchParams, key = "page"): number {
  const page = Number(readOne(params, key));
  return Number.isSafeInteger(page) && page > 0 ? Math.min(page, PAGE_MAX) : 1;
}
