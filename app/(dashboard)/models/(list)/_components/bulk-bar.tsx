"use client";

import { Tag, Trash2, X } from "lucide-react";
import { useTranslations } from "next-intl";
import { AlertDialog } from "#components/ui/alert-dialog.tsx";
import { Button } from "#components/ui/button.tsx";
import type { ModelWire } from "#lib/models/schema.ts";
import { TagDialog } from "./tag-dialog.tsx";
import { useBulkActions } from "./use-bulk-actions.ts";

/** Actions on all selected models; nothing while none is selected. */
export function BulkBar(props: { models: readonly ModelWire[]; onDone: () => void }) {
  const t = useTranslations("models");
  const { tag, trash } = useBulkActions(props.onDone);
  const count = props.models.length;
  return (
    <section
      aria-label={t("bulk.label")}
      className="sticky top-14 z-20 flex flex-wrap items-center gap-2 rounded-t-lg border-line border-b bg-accent-soft px-4 py-2 empty:hidden md:top-0"
      hidden={count === 0}
    >
      {count > 0 && (
        <>
          <p role="status" className="mr-auto font-medium tabular-nums">
            {t("bulk.selected", { count })}
          </p>
          <TagDialog
            trigger={
              <Button size="sm">
                <Tag aria-hidden className="size-3.5" />
                {t("bulk.tag")}
              </Button>
            }
            count={count}
            onSubmit={(key, value) => tag(props.models, key, value)}
          />
          <AlertDialog
            trigger={
              <Button size="sm" variant="danger">
                <Trash2 aria-hidden className="size-3.5" />
                {t("bulk.delete")}
              </Button>
            }
            title={t("bulk.deleteTitle", { count })}
            description={t("bulk.deleteText")}
            confirmLabel={t("bulk.delete")}
            isDanger
            onConfirm={() => trash(props.models)}
          />
          <Button size="sm" variant="ghost" onClick={props.onDone}>
            <X aria-hidden className="size-3.5" />
            <span className="max-sm:sr-only">{t("bulk.clear")}</span>
          </Button>
        </>
      )}
    </section>
  );
}
