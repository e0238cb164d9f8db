import { useTranslations } from "next-intl";
import type { z } from "zod";
import { ConfirmButton } from "#components/accounts/confirm-button.tsx";
import { Badge } from "#components/ui/badge.tsx";
import { Card } from "#components/ui/card.tsx";
import { RelativeTime } from "#components/ui/format.tsx";
import { Table, TableBody, TableCell, TableRow, TableTitles } from "#components/ui/table.tsx";
import type { signingKeySchema } from "#lib/accounts/credential-schema.ts";

type Key = z.infer<typeof signingKeySchema>;
const TONES = { next: "accent", active: "ok", retiring: "neutral" } as const;

/** The keys that tokens are signed with: a new one is made on request, or replaces all at once when one may be known. */
export function KeysCard({ keys }: { keys: readonly Key[] }) {
  const t = useTranslations("admin.keys");
  return (
    <Card
      title={t("title")}
      bodyClassName="p-0"
      actions={
        <div className="flex flex-wrap gap-2">
          <ConfirmButton
            label={t("rotate")}
            title={t("rotateTitle")}
            text={t("rotateText")}
            done={t("rotated")}
            path="/signing-keys"
            method="POST"
            body={{}}
          />
          <ConfirmButton
            label={t("revoke")}
            title={t("revokeTitle")}
            text={t("revokeText")}
            done={t("rotated")}
            path="/signing-keys"
            method="POST"
            body={{ revoke_others: true }}
            isDanger
          />
        </div>
      }
    >
      <Table aria-label={t("title")}>
        <TableTitles titles={[t("key"), t("state"), t("since")]} />
        <TableBody>
          {keys.map(({ kid, state, active_at: activeAt }) => (
            <TableRow key={kid}>
              <TableCell className="max-sm:basis-full">
                <code className="font-mono text-[13px] [overflow-wrap:anywhere]">{kid}</code>
              </TableCell>
              <TableCell>
                <Badge tone={TONES[state]}>{t(`states.${state}`)}</Badge>
              </TableCell>
              <TableCell label={t("since")}>
                <RelativeTime value={activeAt} />
              </TableCell>
            </TableRow>
          ))}
        </TableBody>
      </Table>
    </Card>
  );
}
