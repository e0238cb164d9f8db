"use client";

import { useQuery } from "@tanstack/react-query";
import { Command } from "cmdk";
import { Box, Search } from "lucide-react";
import { useRouter } from "next/navigation";
import { useTranslations } from "next-intl";
import { useDeferredValue, useEffect, useState } from "react";
import { request } from "#components/api/request.ts";
import { useErrorText } from "#components/api/use-error-text.ts";
import { Button } from "#components/ui/button.tsx";
import { Dialog } from "#components/ui/dialog.tsx";
import type { ModelListWire } from "#lib/models/schema.ts";
import { type PageAccess, pagesFor } from "./pages.ts";

const RESULTS = 8;
const ITEM_STYLE =
  "flex min-h-9 cursor-default items-center gap-2.5 rounded-md px-2.5 data-[selected=true]:bg-sunken";

/** Ctrl-K: jump to a page or a model. Models are searched by the server. */
export function CommandPalette({ access }: { access: PageAccess }) {
  const t = useTranslations("nav");
  const [isOpen, setOpen] = useState(false);
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() !== "k" || !(event.metaKey || event.ctrlKey)) return;
      event.preventDefault();
      setOpen((wasOpen) => !wasOpen);
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, []);
  return (
    <Dialog
      title={t("palette.title")}
      open={isOpen}
      onOpenChange={setOpen}
      className="top-[10dvh] max-w-xl translate-y-0"
      trigger={
        <Button
          aria-keyshortcuts="Control+K Meta+K"
          className="h-8 font-normal text-muted md:w-full md:justify-start md:px-2.5 max-md:size-8 max-md:border-0 max-md:p-0"
        >
          <Search aria-hidden className="size-4" />
          <span className="flex-1 text-left max-md:sr-only">{t("search")}</span>
          <kbd aria-hidden className="font-sans text-xs max-md:hidden">
            Ctrl K
          </kbd>
        </Button>
      }
    >
      <PaletteBody access={access} onDone={() => setOpen(false)} />
    </Dialog>
  );
}

function PaletteBody(props: { access: PageAccess; onDone: () => void }) {
  const t = useTranslations("nav");
  const errorText = useErrorText();
  const router = useRouter();
  const [text, setText] = useState("");
  const query = useDeferredValue(text.trim());
  const models = useQuery({
    queryKey: ["palette", query],
    queryFn: ({ signal }) => {
      const search = new URLSearchParams({ limit: String(RESULTS) });
      if (query) search.set("query", query);
      return request<ModelListWire>(`/models?${search}`, { signal });
    },
    placeholderData: (previous) => previous,
  });
  const go = (href: string) => {
    props.onDone();
    router.push(href);
  };
  const pages = pagesFor(props.access).filter((page) =>
    t(page.key).toLowerCase().includes(query.toLowerCase()),
  );
  return (
    <Command label={t("palette.title")} shouldFilter={false} loop>
      <Command.Input
        autoFocus
        value={text}
        onValueChange={setText}
        placeholder={t("palette.placeholder")}
        className="h-10 w-full rounded-md border border-line-strong/60 bg-surface px-3"
      />
      <Command.List className="mt-2 max-h-[50dvh] overflow-auto [&_[cmdk-group-heading]]:px-2.5 [&_[cmdk-group-heading]]:py-1.5 [&_[cmdk-group-heading]]:text-muted [&_[cmdk-group-heading]]:text-xs">
        {models.isError && (
          <p className="p-2.5 text-danger">
            {t("palette.failed", { reason: errorText(models.error) })}
          </p>
        )}
        <Command.Empty className="p-2.5 text-muted">{t("palette.empty")}</Command.Empty>
        {/* Pages first: they are there at once, so what Enter opens does not change when models arrive. */}
        {pages.length > 0 && (
          <Command.Group heading={t("palette.pages")}>
            {pages.map(({ href, key, icon: Icon }) => (
              <Command.Item
                key={key}
                value={`page:${key}`}
                onSelect={() => go(href)}
                className={ITEM_STYLE}
              >
                <Icon aria-hidden className="size-4 shrink-0 text-muted" />
                {t(key)}
              </Command.Item>
            ))}
          </Command.Group>
        )}
        {(models.data?.items.length ?? 0) > 0 && (
          <Command.Group heading={t("palette.models")}>
            {models.data?.items.map((model) => (
              <Command.Item
                key={model.name}
                value={`model:${model.name}`}
                onSelect={() => go(`/models/${encodeURIComponent(model.name)}`)}
                className={ITEM_STYLE}
              >
                <Box aria-hidden className="size-4 shrink-0 text-muted" />
                <span className="min-w-0 truncate">{model.name}</span>
                <span className="ml-auto shrink-0 text-muted text-xs">{model.latest_version}</span>
              </Command.Item>
            ))}
          </Command.Group>
        )}
      </Command.List>
    </Command>
  );
}
