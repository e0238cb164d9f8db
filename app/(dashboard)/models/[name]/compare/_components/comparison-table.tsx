import { useTranslations } from "next-intl";
import type { ReactNode } from "react";
import { Card } from "#components/ui/card.tsx";
import {
  Table,
  TableBody,
  TableCell,
  TableHead,
  TableHeading,
  TableRow,
} from "#components/ui/table.tsx";

export type ComparedRow = {
  key: string;
  label: ReactNode;
  /** For each version, the base first. */
  cells: readonly ReactNode[];
  isDifferent: boolean;
};

/** Rows and columns that a page can show; the REST answer has all. */
const ROWS_MAX = 500;

/** One row for each thing, one column for each version. */
export function ComparisonTable(props: {
  /** What a link leads to. */
  id?: string;
  title: string;
  /** What the rows are. */
  heading: string;
  versions: readonly string[];
  rows: readonly ComparedRow[];
  showsAll: boolean;
  /** Where there are no rows at all. */
  empty: string;
}) {
  const { rows, versions, showsAll } = props;
  const t = useTranslations("compare");
  if (rows.length === 0 && !showsAll) return null;
  const wanted = rows.filter(({ isDifferent }) => showsAll || isDifferent);
  const shown = wanted.slice(0, ROWS_MAX);
  return (
    <div id={props.id} className="min-w-0 scroll-mt-4">
      <Card title={props.title} bodyClassName="p-0">
        {shown.length === 0 ? (
          <p className="p-4 text-muted">{rows.length === 0 ? props.empty : t("allSame")}</p>
        ) : (
          <Table className="sm:table-fixed">
            <TableHead>
              <tr>
                <TableHeading className="w-1/5">{props.heading}</TableHeading>
                {versions.map((version, at) => (
                  <TableHeading key={version} className="truncate" title={version}>
                    {version}
                    {at === 0 && <span className="ml-1 font-normal">({t("base")})</span>}
                  </TableHeading>
                ))}
              </tr>
            </TableHead>
            <TableBody>
              {shown.map(({ key, label, cells }) => (
                <TableRow key={key}>
                  <TableCell className="text-muted [overflow-wrap:anywhere] max-sm:w-full max-sm:font-medium max-sm:text-ink">
                    {label}
                  </TableCell>
                  {cells.map((cell, at) => (
                    <TableCell
                      key={versions[at]}
                      label={versions[at]}
                      className="align-top [overflow-wrap:anywhere] max-sm:w-full"
                    >
                      {cell}
                    </TableCell>
                  ))}
                </TableRow>
              ))}
            </TableBody>
          </Table>
        )}
        {wanted.length > shown.length && (
          <p className="border-line border-t p-4 text-muted">
            {t("more", { count: wanted.length - shown.length })}
          </p>
        )}
      </Card>
    </div>
  );
}
