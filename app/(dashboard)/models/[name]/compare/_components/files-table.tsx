import { useTranslations } from "next-intl";
import { Badge } from "#components/ui/badge.tsx";
import { Bytes } from "#components/ui/format.tsx";
import { VerdictBadge } from "#components/versions/verdict-badge.tsx";
import type { FileWire, VersionWire } from "#lib/models/schema.ts";
import { type ComparedRow, ComparisonTable } from "./comparison-table.tsx";
import { Difference } from "./difference.tsx";

/** The files of all versions by their paths: which are new, gone, or of other bytes. */
export function ComparedFiles(props: {
  versions: readonly VersionWire[];
  labels: readonly string[];
  showsAll: boolean;
}) {
  const t = useTranslations("compare");
  const files = props.versions.map(
    (version) => new Map(version.files.map((file) => [file.path, file])),
  );
  const paths = [...new Set(files.flatMap((byPath) => [...byPath.keys()]))].sort();
  const rows = paths.map((path): ComparedRow => {
    const [base, ...others] = files.map((byPath) => byPath.get(path));
    return {
      key: path,
      label: <span className="font-mono text-[13px]">{path}</span>,
      cells: [
        <BaseFile key="base" file={base} />,
        ...others.map((file, at) => (
          <OtherFile key={props.labels[at + 1]} base={base} file={file} />
        )),
      ],
      isDifferent: others.some((file) => file?.digest !== base?.digest),
    };
  });
  return (
    <ComparisonTable
      id="files"
      title={t("files")}
      heading={t("path")}
      versions={props.labels}
      rows={rows}
      showsAll={props.showsAll}
      empty={t("noFiles")}
    />
  );
}

function BaseFile({ file }: { file: FileWire | undefined }) {
  if (file === undefined) return "—";
  return (
    <span title={file.digest}>
      <Bytes value={file.size_bytes} />
    </span>
  );
}

function OtherFile({ base, file }: { base: FileWire | undefined; file: FileWire | undefined }) {
  const t = useTranslations("compare.change");
  if (file === undefined)
    return base === undefined ? "—" : <Badge tone="danger">{t("removed")}</Badge>;
  const change =
    base === undefined ? "added" : base.digest === file.digest ? "unchanged" : "changed";
  return (
    <span title={file.digest} className="inline-flex flex-wrap items-center gap-1.5">
      <Badge tone={change === "added" ? "ok" : change === "changed" ? "warn" : "neutral"}>
        {t(change)}
      </Badge>
      <span>
        <Bytes value={file.size_bytes} />
        {base && <Difference from={base.size_bytes} to={file.size_bytes} isBytes />}
      </span>
      {file.verdict !== (base?.verdict ?? "clean") && <VerdictBadge verdict={file.verdict} />}
    </span>
  );
}
