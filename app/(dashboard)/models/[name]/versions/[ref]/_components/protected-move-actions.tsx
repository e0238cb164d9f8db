"use client";

import { useTranslations } from "next-intl";
import { aliasApi, modelApi, versionApi } from "#components/api/paths.ts";
import { request } from "#components/api/request.ts";
import { useChange } from "#components/api/use-change.ts";
import { Button } from "#components/ui/button.tsx";
import { FormError } from "#components/ui/form-error.tsx";
import type { PossibleMovesWire, PossibleMoveWire } from "#lib/models/protection/schema.ts";
import type { VersionFacts } from "#lib/models/schema.ts";
import { AskApprovalDialog } from "./ask-approval-dialog.tsx";
import { DecideDialog } from "./decide-dialog.tsx";
import { useMoveName } from "./use-move-name.ts";

/** What the reader can do about a protected move now. */
export function ProtectedMoveActions(props: {
  version: VersionFacts;
  move: PossibleMoveWire;
  rights: Pick<PossibleMovesWire, "may_move" | "may_decide">;
}) {
  const { version, move, rights } = props;
  const t = useTranslations("version.protected");
  const name = useMoveName();
  const { run, isBusy, error } = useChange();
  const open = move.request?.state === "open" ? move.request : null;
  const isReady = move.checks.every(({ passes }) => passes);
  const api = open && `${modelApi(version.model)}/move-requests/${open.id}`;
  const moveNow = () =>
    run(
      () =>
        move.kind === "alias"
          ? request(aliasApi(version.model, move.target), {
              method: "PUT",
              body: { version: version.version },
            })
          : request(`${versionApi(version.model, version.version)}/stage`, {
              method: "POST",
              body: { stage: move.target },
            }),
      { title: t("moved", { move: name(move), version: version.version }) },
    );
  const withdraw = () =>
    run(() => request(String(api), { method: "DELETE" }), { title: t("withdrawn") });
  if (move.is_there) return null;
  return (
    <>
      <FormError>{error}</FormError>
      {open?.is_mine && !isReady && <p className="text-[13px] text-muted">{t("ownHint")}</p>}
      <div className="flex flex-wrap gap-2 empty:hidden">
        {isReady && rights.may_move && (
          <Button size="sm" variant="primary" isLoading={isBusy} onClick={moveNow}>
            {t("moveNow")}
          </Button>
        )}
        {!open && !isReady && move.approvals > 0 && rights.may_move && (
          <AskApprovalDialog version={version} move={move} />
        )}
        {api && !open?.is_mine && rights.may_decide && (
          <>
            <DecideDialog api={api} decision="approve" move={name(move)} />
            <DecideDialog api={api} decision="refuse" move={name(move)} />
          </>
        )}
        {open && (open.is_mine ? rights.may_move : rights.may_decide) && (
          <Button size="sm" variant="ghost" isLoading={isBusy} onClick={withdraw}>
            {t("withdraw")}
          </Button>
        )}
      </div>
    </>
  );
}
