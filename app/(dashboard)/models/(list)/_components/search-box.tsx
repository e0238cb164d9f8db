"use client";

import { LoaderCircle, Search } from "lucide-react";
import { useRouter } from "next/navigation";
import { useTranslations } from "next-intl";
import { useEffect, useRef, useState, useTransition } from "react";
import { isPlainKey } from "#components/shell/shortcuts.ts";
import { Input } from "#components/ui/input.tsx";
import { changedHref, type ListAddress } from "./list-address.ts";

const DEBOUNCE_MS = 250;
const QUERY_MAX_LENGTH = 200;

/** Searches while typing; `/` puts the focus here, arrow down goes to the first row. */
export function SearchBox({ address }: { address: ListAddress }) {
  const t = useTranslations("models");
  const router = useRouter();
  const input = useRef<HTMLInputElement>(null);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const inAddress = address.query ?? "";
  const [text, setText] = useState(inAddress);
  const [isPending, startTransition] = useTransition();

  useEffect(() => {
    // Links and the back button change the address too; the text never changes under the typing hand.
    if (document.activeElement !== input.current) setText(inAddress);
  }, [inAddress]);
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (!isPlainKey(event, "/")) return;
      event.preventDefault();
      input.current?.select();
      input.current?.focus();
    };
    document.addEventListener("keydown", onKey);
    return () => {
      document.removeEventListener("keydown", onKey);
      clearTimeout(timer.current);
    };
  }, []);

  const search = (query: string, delayMs: number) => {
    clearTimeout(timer.current);
    timer.current = setTimeout(() => {
      if (query.trim() === inAddress) return;
      startTransition(() => {
        router.replace(changedHref(address, { query: query.trim() || undefined }), {
          scroll: false,
        });
      });
    }, delayMs);
  };
  return (
    <search className="relative min-w-0 flex-1">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          search(text, 0);
        }}
      >
        {isPending ? (
          <LoaderCircle
            aria-hidden
            className="absolute top-2.5 left-3 size-4 animate-spin text-muted"
          />
        ) : (
          <Search aria-hidden className="absolute top-2.5 left-3 size-4 text-muted" />
        )}
        <Input
          ref={input}
          type="search"
          name="query"
          aria-label={t("search")}
          aria-keyshortcuts="/"
          placeholder={t("searchPlaceholder")}
          autoComplete="off"
          spellCheck={false}
          maxLength={QUERY_MAX_LENGTH}
          className="pr-3 pl-9"
          value={text}
          onChange={(event) => {
            setText(event.target.value);
            search(event.target.value, DEBOUNCE_MS);
          }}
        />
      </form>
    </search>
  );
}
