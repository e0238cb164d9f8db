"use client";

import { Terminal } from "lucide-react";
import { useTranslations } from "next-intl";
import { useId, useState } from "react";
import { Button } from "#components/ui/button.tsx";
import { Checkbox } from "#components/ui/checkbox.tsx";
import { Dialog } from "#components/ui/dialog.tsx";
import { Field } from "#components/ui/field.tsx";
import { Select } from "#components/ui/select.tsx";
import { Tabs } from "#components/ui/tabs.tsx";
import { isServed } from "#lib/wire/words.ts";
import {
  CommandLinePanel,
  CurlPanel,
  DaskPanel,
  MlflowPanel,
  PythonPanel,
} from "./client-panels.tsx";
import type { UsableVersion } from "./usable-version.ts";

/** "Use this model": commands filled in with this server, model, version and file. */
export function UseModelDialog({ target }: { target: UsableVersion }) {
  const t = useTranslations("model.use");
  const common = useTranslations("common");
  const refusal = useTranslations("version.download");
  const riskId = useId();
  const [path, setPath] = useState(target.mainPath);
  const [acceptRisk, setAcceptRisk] = useState(false);
  const file = target.files.find((candidate) => candidate.path === path);
  const verdict = file?.verdict ?? "clean";
  const panel = file && { target, file, acceptRisk };
  const clients = panel
    ? [
        { value: "python", label: "Python", content: <PythonPanel {...panel} /> },
        { value: "cli", label: t("cli.title"), content: <CommandLinePanel {...panel} /> },
        { value: "curl", label: "curl", content: <CurlPanel {...panel} /> },
        { value: "mlflow", label: "MLflow", content: <MlflowPanel {...panel} /> },
        { value: "dask", label: "Dask", content: <DaskPanel {...panel} /> },
      ]
    : [];
  return (
    <Dialog
      title={t("title")}
      description={t("text", { name: target.name, version: target.version })}
      className="max-w-2xl"
      trigger={
        <Button variant="primary">
          <Terminal aria-hidden className="size-4" />
          {t("open")}
        </Button>
      }
    >
      <div className="flex flex-col gap-4">
        {target.files.length > 1 && (
          <Field label={t("file")}>
            {(control) => (
              <Select
                {...control}
                value={path ?? undefined}
                onChange={(event) => setPath(event.target.value)}
              >
                {target.files.map((option) => (
                  <option key={option.path} value={option.path}>
                    {option.verdict === "clean"
                      ? option.path
                      : `${option.path} (${common(`verdict.${option.verdict}`)})`}
                  </option>
                ))}
              </Select>
            )}
          </Field>
        )}
        {target.archive.suspicious > 0 && (
          <div className="flex items-start gap-2 rounded-md bg-warn-soft px-3 py-2 text-warn">
            <Checkbox
              id={riskId}
              className="mt-0.5"
              checked={acceptRisk}
              onChange={(event) => setAcceptRisk(event.target.checked)}
            />
            <label htmlFor={riskId}>{t("acceptRisk")}</label>
          </div>
        )}
        {verdict !== "clean" && verdict !== "suspicious" && (
          <p className="rounded-md bg-danger-soft px-3 py-2 text-danger">
            {refusal(`refused.${verdict}`)}
          </p>
        )}
        {isServed(verdict, acceptRisk) && <Tabs label={t("clients")} tabs={clients} />}
      </div>
    </Dialog>
  );
}
