"use client";

import { useTranslations } from "next-intl";
import {
  commandLineSnippets,
  daskSnippets,
  mlflowSnippet,
  pythonSnippets,
} from "./client-snippets.ts";
import { curlSnippets, type SnippetInput } from "./curl-snippets.ts";
import { SnippetList } from "./snippet-list.tsx";
import type { UsableVersion } from "./usable-version.ts";

export type PanelProps = {
  target: UsableVersion;
  file: UsableVersion["files"][number];
  acceptRisk: boolean;
};

/** Panels are rendered in an open dialog only, so that the browser's own address of this server is known. */
function inputOf({ target, file, acceptRisk }: PanelProps): SnippetInput {
  const { name, version, fileCount } = target;
  return { origin: window.location.origin, name, version, file, fileCount, acceptRisk };
}

/** The same, with the risk only where something suspicious is in all files of the version. */
function inputOfAll(props: PanelProps): SnippetInput {
  const { acceptRisk, target } = props;
  return { ...inputOf(props), acceptRisk: acceptRisk && target.archive.suspicious > 0 };
}

/** The same, with the risk only where the chosen file is suspicious. */
function inputOfFile(props: PanelProps): SnippetInput {
  return { ...inputOf(props), acceptRisk: props.acceptRisk && props.file.verdict !== "clean" };
}

/** What a download of all files leaves out; null where it leaves out nothing. */
function useLeavesOut({ target, acceptRisk }: PanelProps): string | null {
  const t = useTranslations("model.use");
  const { suspicious, refused } = target.archive;
  const count = refused + (acceptRisk ? 0 : suspicious);
  return count === 0 ? null : t("leavesOut", { count });
}

function isNothingServed({ target, acceptRisk }: PanelProps): boolean {
  const { clean, suspicious } = target.archive;
  return clean + (acceptRisk ? suspicious : 0) === 0;
}

export function PythonPanel(props: PanelProps) {
  const t = useTranslations("model.use");
  const common = useTranslations("common");
  const { load } = pythonSnippets(inputOfAll(props));
  const { file } = pythonSnippets(inputOfFile(props));
  return (
    <SnippetList
      copyLabel={common("copyCode")}
      snippets={[
        { label: t("python.load"), code: load, note: t("python.needs") },
        { label: t("python.file"), code: file },
      ]}
    />
  );
}

export function CommandLinePanel(props: PanelProps) {
  const t = useTranslations("model.use");
  const common = useTranslations("common");
  const leavesOut = useLeavesOut(props);
  const { all } = commandLineSnippets(inputOfAll(props));
  const { file, facts } = commandLineSnippets(inputOfFile(props));
  const whole =
    all === null || isNothingServed(props)
      ? []
      : [{ label: t("cli.all"), code: all, note: leavesOut }];
  return (
    <SnippetList
      copyLabel={common("copyCommand")}
      snippets={[
        ...whole,
        { label: t("cli.file"), code: file },
        { label: t("cli.facts"), code: facts, note: t("cli.needs") },
      ]}
    />
  );
}

export function CurlPanel(props: PanelProps) {
  const t = useTranslations("model.use");
  const common = useTranslations("common");
  const leavesOut = useLeavesOut(props);
  const { file, resume, check } = curlSnippets(inputOfFile(props));
  const { tar } = curlSnippets(inputOfAll(props));
  const whole =
    tar === null || isNothingServed(props)
      ? []
      : [{ label: t("curl.tar"), code: tar, note: leavesOut }];
  return (
    <SnippetList
      copyLabel={common("copyCommand")}
      snippets={[
        { label: t("curl.file"), code: file },
        { label: t("curl.resume"), code: resume },
        { label: t("curl.check"), code: check },
        ...whole,
      ]}
    />
  );
}

export function DaskPanel(props: PanelProps) {
  const t = useTranslations("model.use");
  const common = useTranslations("common");
  const { cluster, task } = daskSnippets(inputOfAll(props));
  return (
    <SnippetList
      copyLabel={common("copyCode")}
      snippets={[
        { label: t("dask.cluster"), code: cluster, note: t("dask.needs") },
        { label: t("dask.load"), code: task },
      ]}
    />
  );
}

export function MlflowPanel(props: PanelProps) {
  const t = useTranslations("model.use");
  const common = useTranslations("common");
  const leavesOut = useLeavesOut({ ...props, acceptRisk: false });
  const label = props.target.hasFlavor ? t("mlflow.load") : t("mlflow.files");
  const note = [t("mlflow.needs"), leavesOut].filter(Boolean).join(" ");
  return (
    <SnippetList
      copyLabel={common("copyCode")}
      snippets={[
        { label, code: mlflowSnippet({ origin: window.location.origin, ...props.target }), note },
      ]}
    />
  );
}
