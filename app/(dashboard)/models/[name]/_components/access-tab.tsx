import { useTranslations } from "next-intl";
import { ConfirmButton } from "#components/accounts/confirm-button.tsx";
import { modelApi } from "#components/api/paths.ts";
import { Badge } from "#components/ui/badge.tsx";
import { Card } from "#components/ui/card.tsx";
import { RelativeTime } from "#components/ui/format.tsx";
import { Table, TableBody, TableCell, TableRow, TableTitles } from "#components/ui/table.tsx";
import type { GrantWire } from "#lib/accounts/schema.ts";
import { GrantDialog } from "./grant-dialog.tsx";
import { VisibilityCard } from "./visibility-card.tsx";

/** Who may see the model, and who may do more with it than the role allows. */
export function AccessTab(props: {
  name: string;
  visibility: "public" | "private";
  grants: readonly GrantWire[];
}) {
  const t = useTranslations("model.access");
  const { name, visibility, grants } = props;
  return (
    <div className="flex flex-col gap-4">
      <VisibilityCard name={name} visibility={visibility} />
      <Card title={t("grants")} bodyClassName="p-0" actions={<GrantDialog model={name} />}>
        {grants.length === 0 ? (
          <p className="p-4 text-muted">{t("noGrants")}</p>
        ) : (
          <Table aria-label={t("grants")}>
            <TableTitles titles={[t("who"), t("level"), t("given")]} actions={t("actions")} />
            <TableBody>
              {grants.map((grant) => (
                <Row key={grant.id} model={name} grant={grant} />
              ))}
            </TableBody>
          </Table>
        )}
      </Card>
    </div>
  );
}

function Row({ model, grant }: { model: string; grant: GrantWire }) {
  const t = useTranslations("model.access");
  const accounts = useTranslations("accounts");
  const who = grant.user?.name ?? grant.group?.name ?? "";
  return (
    <TableRow>
      <TableCell className="max-sm:basis-full">
        <span className="[overflow-wrap:anywhere]">{who}</span>
        {grant.group && <Badge className="ml-2">{t("group")}</Badge>}
      </TableCell>
      <TableCell>
        <Badge tone={grant.level === "owner" ? "accent" : "neutral"}>
          {accounts(`level.${grant.level}`)}
        </Badge>
      </TableCell>
      <TableCell label={t("given")} className="text-muted">
        <RelativeTime value={grant.created_at} />
        <p className="text-xs [overflow-wrap:anywhere] max-sm:inline"> {grant.created_by}</p>
      </TableCell>
      <TableCell>
        <span className="flex justify-end gap-2">
          <GrantDialog model={model} grant={grant} />
          <ConfirmButton
            label={t("remove")}
            ariaLabel={t("removeOne", { who })}
            title={t("removeTitle", { who })}
            text={t("removeText")}
            done={t("removed", { who })}
            path={`${modelApi(model)}/grants/${grant.id}`}
            isDanger
          />
        </span>
      </TableCell>
    </TableRow>
  );
}
