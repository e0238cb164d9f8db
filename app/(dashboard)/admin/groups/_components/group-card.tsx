import { useTranslations } from "next-intl";
import { ConfirmButton } from "#components/accounts/confirm-button.tsx";
import { Badge } from "#components/ui/badge.tsx";
import { Card } from "#components/ui/card.tsx";
import type { GroupWire } from "#lib/accounts/schema.ts";
import { AddMemberForm } from "./add-member-form.tsx";

/** A group with its members; those whom the identity provider sends come back with their next sign-in. */
export function GroupCard({ group }: { group: GroupWire }) {
  const t = useTranslations("admin.groups");
  const { id, name, description, members } = group;
  return (
    <Card
      title={<span className="[overflow-wrap:anywhere]">{name}</span>}
      actions={
        <ConfirmButton
          label={t("remove")}
          ariaLabel={t("removeOne", { name })}
          title={t("removeTitle", { name })}
          text={t("removeText")}
          done={t("removed", { name })}
          path={`/groups/${id}`}
          isDanger
        />
      }
      bodyClassName="flex flex-col gap-3"
    >
      {description && <p className="text-muted [overflow-wrap:anywhere]">{description}</p>}
      {members.length === 0 && <p className="text-muted">{t("noMembers")}</p>}
      <ul className="flex max-h-72 flex-col gap-1 overflow-y-auto">
        {members.map((member) => (
          <li key={member.id} className="flex items-center justify-between gap-2">
            <span className="min-w-0 [overflow-wrap:anywhere]">
              {member.name}
              {member.source === "provider" && (
                <Badge className="ml-2" title={t("providerText")}>
                  {t("provider")}
                </Badge>
              )}
            </span>
            <ConfirmButton
              label={t("takeOut")}
              ariaLabel={t("takeOutOne", { name: member.name, group: name })}
              title={t("takeOutTitle", { name: member.name, group: name })}
              text={member.source === "provider" ? t("providerText") : t("takeOutText")}
              done={t("takenOut", { name: member.name })}
              path={`/groups/${id}/members/${member.id}`}
            />
          </li>
        ))}
      </ul>
      <AddMemberForm group={group} />
    </Card>
  );
}
