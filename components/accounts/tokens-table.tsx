import { useTranslations } from "next-intl";
import { Badge } from "#components/ui/badge.tsx";
import { RelativeTime } from "#components/ui/format.tsx";
import { Table, TableBody, TableCell, TableRow, TableTitles } from "#components/ui/table.tsx";
import type { TokenWire } from "#lib/accounts/credential-schema.ts";
import { ConfirmButton } from "./confirm-button.tsx";

/** Valid tokens of one account. */
export function TokensTable({ items }: { items: readonly TokenWire[] }) {
  const t = useTranslations("accounts.tokens");
  if (items.length === 0) return <p className="p-4 text-muted">{t("none")}</p>;
  return (
    <Table aria-label={t("title")}>
      <TableTitles
        titles={[t("name"), t("mayDo"), t("lastUse"), t("expires")]}
        actions={t("actions")}
      />
      <TableBody>
        {items.map((token) => (
          <Row key={token.id} token={token} />
        ))}
      </TableBody>
    </Table>
  );
}

function Row({ token }: { token: TokenWire }) {
  const t = useTranslations("accounts.tokens");
  return (
    <TableRow className="[&>td]:align-top">
      <TableCell className="font-medium [overflow-wrap:anywhere] max-sm:basis-full">
        {token.name}
      </TableCell>
      <TableCell className="max-sm:basis-full">
        <span className="flex flex-wrap gap-1">
          {token.scopes.map((scope) => (
            <Badge key={scope}>{scope}</Badge>
          ))}
        </span>
        <p className="mt-1 text-muted text-xs [overflow-wrap:anywhere]">
          {token.models.length === 0 ? t("allModels") : token.models.join(", ")}
        </p>
      </TableCell>
      <TableCell label={t("lastUse")}>
        {token.last_used_at === null ? t("never") : <RelativeTime value={token.last_used_at} />}
      </TableCell>
      <TableCell label={t("expires")}>
        <RelativeTime value={token.expires_at} />
      </TableCell>
      <TableCell className="text-right">
        <ConfirmButton
          label={t("revoke")}
          ariaLabel={t("revokeOne", { name: token.name })}
          title={t("revokeTitle", { name: token.name })}
          text={t("revokeText")}
          done={t("revoked", { name: token.name })}
          path={`/tokens/${token.id}`}
          isDanger
        />
      </TableCell>
    </TableRow>
  );
}
