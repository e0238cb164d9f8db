import { getTranslations } from "next-intl/server";
import { Card } from "#components/ui/card.tsx";
import {
  Table,
  TableBody,
  TableCell,
  TableHead,
  TableHeading,
  TableRow,
} from "#components/ui/table.tsx";
import { ERROR_TABLE } from "#lib/errors.ts";

/** Every error code; a problem's `type` links to its row (`/docs/api#error-<code>`). */
export async function ErrorTable() {
  const t = await getTranslations("apiDocs");
  return (
    <Card title={t("errors")} className="mt-6 lg:ml-62" bodyClassName="p-0">
      <p className="max-w-prose px-4 py-3 text-muted">{t("errorsIntro")}</p>
      <Table>
        <TableHead>
          <TableRow>
            <TableHeading>{t("status")}</TableHeading>
            <TableHeading>{t("code")}</TableHeading>
            <TableHeading>{t("errorTitle")}</TableHeading>
          </TableRow>
        </TableHead>
        <TableBody>
          {Object.entries(ERROR_TABLE).map(([code, { status, title }]) => (
            <TableRow key={code} id={`error-${code}`} className="target:bg-accent-soft">
              <TableCell>{status}</TableCell>
              <TableCell>
                <code className="font-mono text-[13px]">{code}</code>
              </TableCell>
              <TableCell lang="en" className="max-sm:w-full">
                {title}
              </TableCell>
            </TableRow>
          ))}
        </TableBody>
      </Table>
    </Card>
  );
}
