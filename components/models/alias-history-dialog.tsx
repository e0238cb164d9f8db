"use client";

import { useQuery } from "@tanstack/react-query";
import { useTranslations } from "next-intl";
import { aliasApi } from "#components/api/paths.ts";
import { request } from "#components/api/request.ts";
import { useErrorText } from "#components/api/use-error-text.ts";
import { Dialog } from "#components/ui/dialog.tsx";
import { FormError } from "#components/ui/form-error.tsx";
import { RelativeTime } from "#components/ui/format.tsx";
import { Skeleton } from "#components/ui/skeleton.tsx";
import type { AliasEventWire } from "#lib/models/schema.ts";

/** Who moved an alias, when, from and to what. The dialog is open for as long as it is rendered. */
export function AliasHistoryDialog(props: { model: string; alias: string; onClose: () => void }) {
  const { model, alias } = props;
  const t = useTranslations("model.aliases");
  const errorText = useErrorText();
  const history = useQuery({
    queryKey: ["alias-history", model, alias],
    queryFn: ({ signal }) =>
      request<{ items: AliasEventWire[] }>(`${aliasApi(model, alias)}/history`, { signal }),
    staleTime: 0,
  });
  const sentence = ({ from_version: from, to_version: to }: AliasEventWire) => {
    if (to === null) return t("historyRemoved", { from: from ?? "" });
    return from === null ? t("historyCreated", { to }) : t("historyMoved", { from, to });
  };
  return (
    <Dialog
      title={t("historyTitle", { alias })}
      open
      onOpenChange={(isOpen) => {
        if (!isOpen) props.onClose();
      }}
    >
      {history.isPending && <Skeleton className="h-20" />}
      <FormError>{history.error ? errorText(history.error) : null}</FormError>
      <ol className="flex flex-col gap-3">
        {history.data?.items.map((event) => (
          <li key={`${event.at} ${event.from_version} ${event.to_version}`}>
            <p className="[overflow-wrap:anywhere]">{sentence(event)}</p>
            <p className="text-muted text-xs">
              {event.actor} · <RelativeTime value={event.at} />
            </p>
          </li>
        ))}
      </ol>
    </Dialog>
  );
}
