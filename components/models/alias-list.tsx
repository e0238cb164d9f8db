"use client";

import Link from "next/link";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { versionHref } from "#components/api/paths.ts";
import { Badge } from "#components/ui/badge.tsx";
import { Button } from "#components/ui/button.tsx";
import { RelativeTime } from "#components/ui/format.tsx";
import type { ModelAlias } from "#lib/models/schema.ts";
import { AliasDialog } from "./alias-dialog.tsx";
import { AliasHistoryDialog } from "./alias-history-dialog.tsx";
import { AliasRemoveDialog } from "./alias-remove-dialog.tsx";

type AliasListProps = {
  model: string;
  aliases: readonly ModelAlias[];
  /** The version whose page this is; aliases of others can be moved to it. */
  here?: string;
  /** Versions to suggest when an alias is moved. */
  versions: readonly string[];
};

/** Aliases with their actions. One dialog of each kind serves all rows, and is made when it is opened. */
export function AliasList({ model, aliases, here, versions }: AliasListProps) {
  const t = useTranslations("model.aliases");
  const version = useTranslations("version");
  const [opened, setOpened] = useState<{
    kind: "move" | "history" | "remove";
    row: ModelAlias;
  } | null>(null);
  const close = () => setOpened(null);
  return (
    <>
      <ul className="flex flex-col gap-3">
        {aliases.map((row) => (
          <li key={row.alias}>
            <div className="flex min-w-0 items-center gap-2">
              <Badge tone="accent" className="min-w-0" title={`@${row.alias}`}>
                <span className="truncate">@{row.alias}</span>
              </Badge>
              {row.version !== here && (
                <>
                  <span aria-hidden className="text-muted">
                    →
                  </span>
                  <Link
                    href={versionHref(model, row.version)}
                    prefetch={false}
                    title={row.version}
                    className="truncate text-accent hover:underline"
                  >
                    {row.version}
                  </Link>
                </>
              )}
            </div>
            <p className="mt-0.5 text-muted text-xs">
              {row.updated_by} · <RelativeTime value={row.updated_at} />
            </p>
            <div className="-ml-2.5 flex flex-wrap">
              {row.version !== here && (
                <Button size="sm" variant="ghost" onClick={() => setOpened({ kind: "move", row })}>
                  {here === undefined ? t("moveOpen") : version("moveHere")}
                </Button>
              )}
              <Button
                size="sm"
                variant="ghost"
                aria-label={t("historyOf", { alias: row.alias })}
                onClick={() => setOpened({ kind: "history", row })}
              >
                {t("history")}
              </Button>
              <Button
                size="sm"
                variant="ghost"
                aria-label={t("removeOne", { alias: row.alias })}
                onClick={() => setOpened({ kind: "remove", row })}
              >
                {t("remove")}
              </Button>
            </div>
          </li>
        ))}
      </ul>
      {opened?.kind === "move" && (
        <AliasDialog
          model={model}
          alias={opened.row.alias}
          version={here ?? opened.row.version}
          versions={versions}
          onClose={close}
        />
      )}
      {opened?.kind === "history" && (
        <AliasHistoryDialog model={model} alias={opened.row.alias} onClose={close} />
      )}
      {opened?.kind === "remove" && (
        <AliasRemoveDialog
          model={model}
          alias={opened.row.alias}
          version={opened.row.version}
          onClose={close}
        />
      )}
    </>
  );
}
