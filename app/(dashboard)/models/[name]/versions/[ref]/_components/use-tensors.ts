"use client";

import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { useEffect, useMemo } from "react";
import { versionApi } from "#components/api/paths.ts";
import { request } from "#components/api/request.ts";
import type { TensorWire } from "#lib/models/schema.ts";

type TensorPage = { items: TensorWire[]; next_cursor: string | null; total: number };

const PAGE_SIZE = 1000;
/** A tree needs all its leaves: up to this many are read without being asked. */
const READ_AHEAD_MAX = 20_000;

/** A version's tensors whose name contains `query`, page after page. */
export function useTensors(model: string, version: string, query: string) {
  const pages = useInfiniteQuery({
    queryKey: ["tensors", model, version, query],
    initialPageParam: "",
    queryFn: ({ pageParam, signal }) => {
      const search = new URLSearchParams({ limit: String(PAGE_SIZE) });
      if (query) search.set("query", query);
      if (pageParam) search.set("cursor", pageParam);
      return request<TensorPage>(`${versionApi(model, version)}/tensors?${search}`, { signal });
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
    if (hasNextPage && !isFetching && !isError && tensors.length < READ_AHEAD_MAX) {
      void fetchNextPage();
    }
  }, [hasNextPage, isFetching, isError, fetchNextPage, tensors.length]);
  return { ...pages, tensors, total: pages.data?.pages[0]?.total ?? null };
}
