"use client";

import { Bookmark, Trash2 } from "lucide-react";
import Link from "next/link";
import { useTranslations } from "next-intl";
import { type FormEvent, useState, useSyncExternalStore } from "react";
import { Button } from "#components/ui/button.tsx";
import { Dialog } from "#components/ui/dialog.tsx";
import { Field } from "#components/ui/field.tsx";
import { Input } from "#components/ui/input.tsx";
import { changedHref, type ListAddress } from "./list-address.ts";
import { noViews, readViews, watchViews, writeViews } from "./views-storage.ts";

/** Lists under a name: filters, order and page size, kept in this browser. */
export function SavedViews({ address }: { address: ListAddress }) {
  const t = useTranslations("models.views");
  const views = useSyncExternalStore(watchViews, readViews, noViews);
  const [isOpen, setOpen] = useState(false);
  const [hasFailed, setFailed] = useState(false);
  const save = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const name = String(new FormData(event.currentTarget).get("name")).trim();
    const others = views.filter((view) => view.name !== name);
    const isSaved = writeViews([...others, { name, href: changedHref(address, {}) }]);
    setFailed(!isSaved);
    if (isSaved) event.currentTarget.reset();
  };
  return (
    <Dialog
      title={t("title")}
      description={t("text")}
      open={isOpen}
      onOpenChange={setOpen}
      trigger={
        <Button>
          <Bookmark aria-hidden className="size-4" />
          {t("title")}
        </Button>
      }
    >
      {views.length === 0 ? (
        <p className="text-muted">{t("none")}</p>
      ) : (
        <ul className="-mx-2">
          {views.map((view) => (
            <li key={view.name} className="flex items-center rounded hover:bg-sunken">
              <Link
                href={view.href}
                onClick={() => setOpen(false)}
                className="min-h-8 min-w-0 flex-1 truncate rounded px-2 py-1.5 font-medium"
              >
                {view.name}
              </Link>
              <Button
                variant="ghost"
                size="icon"
                aria-label={t("remove", { name: view.name })}
                onClick={() => writeViews(views.filter((other) => other.name !== view.name))}
              >
                <Trash2 aria-hidden className="size-4" />
              </Button>
            </li>
          ))}
        </ul>
      )}
      <form onSubmit={save} className="mt-4 flex items-end gap-2 border-line border-t pt-4">
        <Field label={t("name")} error={hasFailed ? t("failed") : null} className="flex-1">
          {(control) => (
            <Input {...control} name="name" maxLength={80} autoComplete="off" required />
          )}
        </Field>
        <Button type="submit" variant="primary">
          {t("save")}
        </Button>
      </form>
    </Dialog>
  );
}
