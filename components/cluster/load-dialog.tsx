"use client";

import { Network } from "lucide-react";
import { useTranslations } from "next-intl";
import { type FormEvent, useState } from "react";
import { modelApi } from "#components/api/paths.ts";
import { request } from "#components/api/request.ts";
import { useChange } from "#components/api/use-change.ts";
import { Button } from "#components/ui/button.tsx";
import { Dialog } from "#components/ui/dialog.tsx";
import { Field } from "#components/ui/field.tsx";
import { FormActions } from "#components/ui/form-actions.tsx";
import { FormError } from "#components/ui/form-error.tsx";
import { Select } from "#components/ui/select.tsx";
import { LOAD_MODES } from "#lib/cluster/schema.ts";
import { ModelChoice } from "./model-choice.tsx";
import { WorkerChoice } from "./worker-choice.tsx";

type LoadDialogProps = {
  /** The schedulers that are known. */
  clusters: readonly string[];
  /** The version of the page that has the dialog; without it one is chosen. */
  fixed?: { model: string; version: string; isClean: boolean };
};

/** Asks for a version to be put on the workers of a cluster. */
export function LoadDialog({ clusters, fixed }: LoadDialogProps) {
  const t = useTranslations("cluster.dialog");
  const [isOpen, setOpen] = useState(false);
  return (
    <Dialog
      title={fixed ? t("titleOf", { model: fixed.model, version: fixed.version }) : t("title")}
      description={t("text")}
      open={isOpen}
      onOpenChange={setOpen}
      trigger={
        <Button variant={fixed ? undefined : "primary"}>
          <Network aria-hidden className="size-4" />
          {t(fixed ? "open" : "openAny")}
        </Button>
      }
    >
      {fixed && !fixed.isClean ? (
        <p className="rounded-md bg-warn-soft px-3 py-2 text-warn">{t("notClean")}</p>
      ) : (
        <LoadForm clusters={clusters} fixed={fixed} onDone={() => setOpen(false)} />
      )}
    </Dialog>
  );
}

function LoadForm({ clusters, fixed, onDone }: LoadDialogProps & { onDone: () => void }) {
  const t = useTranslations("cluster.dialog");
  const loads = useTranslations("cluster.loads");
  const [model, setModel] = useState(fixed?.model ?? "");
  const [version, setVersion] = useState(fixed?.version ?? "latest");
  const [scheduler, setScheduler] = useState(clusters.length === 1 ? (clusters[0] ?? "") : "");
  const [workers, setWorkers] = useState<string[] | null>(null);
  const { run, isBusy, error } = useChange();
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const mode = new FormData(event.currentTarget).get("mode");
    const body = {
      version,
      mode,
      ...(scheduler ? { scheduler_address: scheduler } : {}),
      ...(workers && workers.length > 0 ? { workers } : {}),
    };
    const ask = () => request(`${modelApi(model.trim())}/load`, { method: "POST", body });
    if (await run(ask, { title: t("done", { model, version }), description: t("doneText") }))
      onDone();
  };
  return (
    <form onSubmit={submit} className="flex flex-col gap-3">
      {!fixed && (
        <ModelChoice
          model={model}
          version={version}
          onModelChange={(next) => {
            setModel(next);
            setVersion("latest");
          }}
          onVersionChange={setVersion}
        />
      )}
      {clusters.length > 0 && (
        <Field label={t("cluster")}>
          {(control) => (
            <Select
              {...control}
              value={scheduler}
              onChange={(event) => {
                setScheduler(event.target.value);
                setWorkers(null);
              }}
            >
              <option value="">{t("anyCluster")}</option>
              {clusters.map((address) => (
                <option key={address} value={address}>
                  {address}
                </option>
              ))}
            </Select>
          )}
        </Field>
      )}
      {clusters.length === 0 && (
        <p className="rounded-md bg-warn-soft px-3 py-2 text-warn">{t("noCluster")}</p>
      )}
      {scheduler && <WorkerChoice scheduler={scheduler} chosen={workers} onChange={setWorkers} />}
      <Field label={t("mode")} hint={t("modeHint")}>
        {(control) => (
          <Select {...control} name="mode" defaultValue="memory">
            {LOAD_MODES.map((mode) => (
              <option key={mode} value={mode}>
                {loads(`modes.${mode}`)}
              </option>
            ))}
          </Select>
        )}
      </Field>
      <FormError>{error}</FormError>
      <FormActions label={t("submit")} isBusy={isBusy} />
    </form>
  );
}
