"use client";

import { useTranslations } from "next-intl";
import { aliasApi } from "#components/api/paths.ts";
import { request } from "#components/api/request.ts";
import { useChange } from "#components/api/use-change.ts";
import { useErrorText } from "#components/api/use-error-text.ts";
import { AlertDialog } from "#components/ui/alert-dialog.tsx";
import { useToast } from "#components/ui/toast.tsx";

/**
 * Removes an alias after saying whom that breaks; the toast can put it back. The dialog is open for as long as it is
 * rendered.
 */
export function AliasRemoveDialog(props: {
  model: string;
  alias: string;
  version: string;
  onClose: () => void;
}) {
  const { model, alias, version } = props;
  const t = useTranslations("model.aliases");
  const common = useTranslations("common");
  const { run } = useChange();
  const toast = useToast();
  const errorText = useErrorText();
  const api = aliasApi(model, alias);
  // Undoing puts back what was there before, so that nobody is asked again about a version that is not clean.
  const body = { version, accept_risk: true, comment: t("undoComment") };
  const undo = () =>
    run(() => request(api, { method: "PUT", body }), { title: t("moved", { alias, version }) });
  const remove = async () => {
    let failure: unknown = null;
    const send = () =>
      request(api, { method: "DELETE" }).catch((error: unknown) => {
        failure = error;
        throw error;
      });
    const isDone = await run(send, {
      title: t("removed", { alias }),
      action: { label: common("undo"), onClick: () => void undo() },
    });
    if (isDone) return;
    toast.error({ title: errorText(failure) });
    throw failure;
  };
  return (
    <AlertDialog
      title={t("removeTitle", { alias })}
      description={t("removeText", { alias, version })}
      confirmLabel={t("remove")}
      isDanger
      onConfirm={remove}
      open
      onOpenChange={(isOpen) => {
        if (!isOpen) props.onClose();
      }}
    />
  );
}
