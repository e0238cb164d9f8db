import { Check, X } from "lucide-react";
import { useTranslations } from "next-intl";
import { type RightsWire, roleSchema } from "#lib/accounts/schema.ts";
import { permissionLabel } from "./permission-labels.ts";

type Right = RightsWire["permissions"][number];

/** Everything that may be done in this registry, and whether this account may. `before` marks what changes. */
export function RightsList(props: { rights: RightsWire; before?: RightsWire | undefined }) {
  const had = new Map(props.before?.permissions.map(({ name, allowed }) => [name, allowed]));
  return (
    <ul className="grid gap-x-6 gap-y-1 sm:grid-cols-2">
      {props.rights.permissions.map((right) => (
        <li key={right.name} className="min-w-0">
          <Line right={right} isNew={(had.get(right.name) ?? right.allowed) !== right.allowed} />
        </li>
      ))}
    </ul>
  );
}

function Line({ right, isNew }: { right: Right; isNew: boolean }) {
  const t = useTranslations("accounts.rights");
  const label = permissionLabel(right.name);
  const Icon = right.allowed ? Check : X;
  return (
    <span className="flex items-start gap-2">
      <Icon
        aria-hidden
        className={`mt-0.5 size-4 shrink-0 ${right.allowed ? "text-ok" : "text-muted"}`}
      />
      <span className="min-w-0">
        <span className="sr-only">{right.allowed ? t("yes") : t("no")} </span>
        <span className={right.allowed ? "" : "text-muted"}>
          {label ? t(`permission.${label}`) : right.name}
        </span>{" "}
        <span className="text-muted text-xs">
          <Reason right={right} />
        </span>
        {isNew && (
          <strong className="ml-1 font-semibold text-xs">
            {right.allowed ? t("gains") : t("loses")}
          </strong>
        )}
      </span>
    </span>
  );
}

/** What the server says in the words of its policy: "grant owner", or the role that it takes. */
function Reason({ right: { allowed, reason } }: { right: Right }) {
  const t = useTranslations("accounts");
  const level = /^grant (read|write|owner)$/.exec(reason)?.[1] as "read" | "write" | "owner";
  if (level) return t("rights.byGrant", { level: t(`level.${level}`) });
  const role = roleSchema.safeParse(reason).data;
  if (!allowed && role) return t("rights.takes", { role: t(`role.${role}`) });
  return null;
}
