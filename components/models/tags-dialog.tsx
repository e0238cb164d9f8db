"use client";

import { Plus, X } from "lucide-react";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { request } from "#components/api/request.ts";
import { useChange } from "#components/api/use-change.ts";
import { Button } from "#components/ui/button.tsx";
import { Dialog } from "#components/ui/dialog.tsx";
import { FormActions } from "#components/ui/form-actions.tsx";
import { FormError } from "#components/ui/form-error.tsx";
import { Input } from "#components/ui/input.tsx";
import { TAGS_MAX_COUNT } from "#lib/models/request-schema.ts";
import { type TagRow, toTagRows, toTags } from "./tag-rows.ts";

/** Edits all tags of a model or version at once; `api` is its REST path. */
export function TagsDialog(props: {
  api: string;
  tags: Record<string, string>;
  triggerLabel: string;
}) {
  const t = useTranslations("model.tags");
  const [isOpen, setOpen] = useState(false);
  const [rows, setRows] = useState<TagRow[]>([]);
  const { run, isBusy, error, setError } = useChange();
  const open = (next: boolean) => {
    if (next) {
      setRows(toTagRows(props.tags));
      setError(null);
    }
    setOpen(next);
  };
  const change = (id: number, part: Partial<TagRow>) =>
    setRows(rows.map((row) => (row.id === id ? { ...row, ...part } : row)));
  const save = async () => {
    const result = toTags(rows);
    if ("problem" in result) return setError(t(result.problem, { key: result.key }));
    const send = () => request(props.api, { method: "PATCH", body: { tags: result.tags } });
    if (await run(send, { title: t("saved") })) setOpen(false);
  };
  return (
    <Dialog
      title={t("title")}
      description={t("hint")}
      trigger={
        <Button size="sm" variant="ghost">
          {props.triggerLabel}
        </Button>
      }
      open={isOpen}
      onOpenChange={open}
    >
      <form
        className="flex flex-col gap-3"
        onSubmit={(event) => {
          event.preventDefault();
          void save();
        }}
      >
        <ul className="flex flex-col gap-2">
          {rows.map((row, index) => (
            <li key={row.id} className="flex items-center gap-2">
              <Input
                aria-label={t("key", { number: index + 1 })}
                placeholder={t("keyPlaceholder")}
                maxLength={128}
                value={row.key}
                onChange={(event) => change(row.id, { key: event.target.value })}
              />
              <Input
                aria-label={t("value", { number: index + 1 })}
                placeholder={t("valuePlaceholder")}
                maxLength={1024}
                value={row.value}
                onChange={(event) => change(row.id, { value: event.target.value })}
              />
              <Button
                variant="ghost"
                size="icon"
                aria-label={t("remove", { number: index + 1 })}
                onClick={() => setRows(rows.filter(({ id }) => id !== row.id))}
              >
                <X aria-hidden className="size-4" />
              </Button>
            </li>
          ))}
        </ul>
        <Button
          className="self-start"
          size="sm"
          disabled={rows.length >= TAGS_MAX_COUNT}
          onClick={() => setRows([...rows, { id: nextId(rows), key: "", value: "" }])}
        >
          <Plus aria-hidden className="size-4" />
          {t("add")}
        </Button>
        <FormError>{error}</FormError>
        <FormActions label={t("save")} isBusy={isBusy} />
      </form>
    </Dialog>
  );
}

const nextId = (rows: readonly TagRow[]) => Math.max(0, ...rows.map(({ id }) => id)) + 1;
