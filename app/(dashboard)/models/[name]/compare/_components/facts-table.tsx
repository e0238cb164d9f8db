import { useTranslations } from "next-intl";
import type { ReactNode } from "react";
import { AliasBadges } from "#components/models/alias-badges.tsx";
import { Bytes, Count, RelativeTime } from "#components/ui/format.tsx";
import { StageBadge } from "#components/versions/stage-badge.tsx";
import { VerdictBadge } from "#components/versions/verdict-badge.tsx";
import type { VersionWire } from "#lib/models/schema.ts";
import { type ComparedRow, ComparisonTable } from "./comparison-table.tsx";
import { Difference } from "./difference.tsx";

type Fact = {
  key: "verdict" | "stage" | "aliases" | "framework" | "format" | "registered" | "description";
  /** What is compared. */
  value: (version: VersionWire) => string;
  show: (version: VersionWire) => ReactNode;
};
type Sum = {
  key: "parameters" | "tensors" | "size";
  value: (version: VersionWire) => number | null;
  isBytes?: boolean;
};

const SUMS: readonly Sum[] = [
  { key: "parameters", value: ({ parameters }) => parameters },
  { key: "tensors", value: ({ tensors }) => tensors },
  { key: "size", value: ({ size_bytes }) => size_bytes, isBytes: true },
];
/** A longer description is read on the version's page. */
const DESCRIPTION_MAX = 300;

/** Verdict, stage, kind and size of each version. */
export function FactsTable(props: {
  versions: readonly VersionWire[];
  labels: readonly string[];
  showsAll: boolean;
}) {
  const { versions, labels, showsAll } = props;
  const t = useTranslations("compare");
  const common = useTranslations("common");
  const facts: readonly Fact[] = [
    {
      key: "verdict",
      value: ({ scan }) => scan.verdict,
      show: ({ scan }) => <VerdictBadge verdict={scan.verdict} />,
    },
    {
      key: "stage",
      value: ({ stage }) => stage,
      show: ({ stage }) => (stage === "none" ? "—" : <StageBadge stage={stage} />),
    },
    {
      key: "aliases",
      value: ({ aliases }) => aliases.join(" "),
      show: ({ aliases }) => (aliases.length === 0 ? "—" : <AliasBadges aliases={aliases} />),
    },
    {
      key: "framework",
      value: ({ framework }) => framework,
      show: ({ framework }) => common(`framework.${framework}`),
    },
    {
      key: "format",
      value: ({ format }) => format,
      show: ({ format }) => common(`format.${format}`),
    },
  ];
  const others: readonly Fact[] = [
    {
      key: "registered",
      value: ({ created_at }) => created_at,
      show: ({ created_at, created_by }) => (
        <>
          <RelativeTime value={created_at} /> · {created_by}
        </>
      ),
    },
    {
      key: "description",
      value: ({ description }) => description,
      show: ({ description }) => (description === "" ? "—" : shorten(description, DESCRIPTION_MAX)),
    },
  ];
  const [base] = versions as [VersionWire];
  const toRow = ({ key, value, show }: Fact): ComparedRow => ({
    key,
    label: t(`fact.${key}`),
    cells: versions.map(show),
    isDifferent: versions.some((version) => value(version) !== value(base)),
  });
  const toSumRow = ({ key, value, isBytes = false }: Sum): ComparedRow => ({
    key,
    label: t(`fact.${key}`),
    cells: versions.map((version) => {
      const [from, to] = [value(base), value(version)];
      if (to === null) return "—";
      return (
        <>
          {isBytes ? <Bytes value={to} /> : <Count value={to} />}
          {from !== null && <Difference from={from} to={to} isBytes={isBytes} />}
        </>
      );
    }),
    isDifferent: versions.some((version) => value(version) !== value(base)),
  });
  const rows = [...facts.map(toRow), ...SUMS.map(toSumRow), ...others.map(toRow)];
  return (
    <ComparisonTable
      id="facts"
      title={t("facts")}
      heading={t("what")}
      versions={labels}
      rows={rows}
      showsAll={showsAll}
      empty={t("allSame")}
    />
  );
}

function shorten(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most)}…`;
}
