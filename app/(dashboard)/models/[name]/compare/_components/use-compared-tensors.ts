"use client";

import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { useEffect, useMemo } from "react";
import { modelApi } from "#components/api/paths.ts";
import { request } from "#components/api/request.ts";
import type { ComparedTensorsWire } from "#lib/models/compare-schema.ts";

const PAGE_SIZE = 1000;
/** Up to this many are read without being asked; values are compared of all. */
const READ_AHEAD_MAX = 20_000;

type Options = {
  model: string;
  from: string;
  /** Refs, or `model/ref`. */
  to: readonly string[];
  query: string;
  differences: boolean;
  /** Whether the values are compared, page after page until the end. */
  weights: boolean;
};

/** The tensors of the versions side by side, page after page. */
export function useComparedTensors({ model, from, to, query, differences, weights }: Options) {
  const pages = useInfiniteQuery({
    queryKey: ["compared-tensors", model, from, to, query, differences, weights],
    initialPageParam: "",
    queryFn: ({ pageParam, signal }) => {
      const search = new URLSearchParams({ from, limit: String(PAGE_SIZE) });
      for (const choice of to) search.append("to", choice);
      if (query) search.set("query", query);
      if (differences) search.set("differences", "true");
      if (weights) search.set("weights", "true");
      if (pageParam) search.set("cursor", pageParam);
      const path = `${modelApi(model)}/compare/tensors?${search}`;
      return request<ComparedTensorsWire>(path, { signal });
    },
    getNextPageParam: (page) => page.next_cursor,
    placeholderData: keepPreviousData,
    // A version's tensors never change.
    staleTime: Number.POSITIVE_INFINITY,
  });
  const tensors = useMemo(
    () => pages.data?.pages.flatMap((page) => page.items) ?? [],
    [pages.data],
  );
  const { hasNextPage, isFetching, isError, fetchNextPage } = pages;
  useEffect(() => {
    const isWanted = weights || tensors.length < READ_AHEAD_MAX;
    if (hasNextPage && !isFetching && !isError && isWanted) void fetchNextPage();
  }, [hasNextPage, isFetching, isError, fetchNextPage, tensors.length, weights]);
  return { ...pages, tensors, total: pages.data?.pages[0]?.total ?? null };
}
