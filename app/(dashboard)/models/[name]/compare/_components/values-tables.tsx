import { useLocale, useTranslations } from "next-intl";
import { flattenMetadata } from "#lib/models/flatten-metadata.ts";
import type { VersionWire } from "#lib/models/schema.ts";
import { canonicalJson } from "#lib/wire/canonical-json.ts";
import { type ComparedRow, ComparisonTable } from "./comparison-table.tsx";
import { Difference } from "./difference.tsx";

/** Characters of a value; the version's page has the whole. */
const VALUE_MAX = 400;

type Tables = {
  versions: readonly VersionWire[];
  labels: readonly string[];
  showsAll: boolean;
};

/** The numbers of the metadata, its other values, and the tags. */
export function ValuesTables({ versions, labels, showsAll }: Tables) {
  const t = useTranslations("compare");
  const locale = useLocale();
  const leaves = versions.map(({ metadata }) => flattenMetadata(metadata));
  const keys = [...new Set(leaves.flatMap((values) => [...values.keys()]))];
  const isMetric = (key: string) => leaves.some((values) => typeof values.get(key) === "number");
  const tags = versions.map((version) => new Map<string, unknown>(Object.entries(version.tags)));
  const tagKeys = [...new Set(tags.flatMap((values) => [...values.keys()]))].sort();
  const toRow = (of: readonly Map<string, unknown>[]) => (key: string) =>
    rowOf(
      key,
      of.map((values) => values.get(key)),
      locale,
    );
  const shared = { versions: labels, showsAll };
  return (
    <div id="metadata" className="flex min-w-0 scroll-mt-4 flex-col gap-4 empty:hidden">
      <ComparisonTable
        title={t("metrics")}
        heading={t("metric")}
        rows={keys.filter(isMetric).map(toRow(leaves))}
        empty={t("noMetrics")}
        {...shared}
      />
      <ComparisonTable
        title={t("metadata")}
        heading={t("key")}
        rows={keys.filter((key) => !isMetric(key)).map(toRow(leaves))}
        empty={t("noMetadata")}
        {...shared}
      />
      <ComparisonTable
        id="tags"
        title={t("tags")}
        heading={t("key")}
        rows={tagKeys.map(toRow(tags))}
        empty={t("noTags")}
        {...shared}
      />
    </div>
  );
}

function rowOf(key: string, values: readonly unknown[], locale: string): ComparedRow {
  const [base] = values;
  const text = (value: unknown) => (value === undefined ? null : canonicalJson(value));
  return {
    key,
    label: <span className="font-mono text-[13px]">{key}</span>,
    cells: values.map((value) => (
      <>
        <span className="font-mono text-[13px]">{toText(value, locale)}</span>
        {typeof base === "number" && typeof value === "number" && (
          <Difference from={base} to={value} />
        )}
      </>
    )),
    isDifferent: values.some((value) => text(value) !== text(base)),
  };
}

function toText(value: unknown, locale: string): string {
  if (value === undefined) return "—";
  if (typeof value === "number")
    return new Intl.NumberFormat(locale, { maximumSignificantDigits: 8 }).format(value);
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.length <= VALUE_MAX ? text : `${text.slice(0, VALUE_MAX)}…`;
}
