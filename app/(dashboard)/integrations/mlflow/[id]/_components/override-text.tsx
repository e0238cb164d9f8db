import { useTranslations } from "next-intl";
import type { OverrideWire } from "#lib/mlflow-sync/schema.ts";

/** What a run was asked for in place of what its rule says. */
export function OverrideText({ override }: { override: OverrideWire }) {
  const t = useTranslations("mlflowSync");
  const { tracking_uri, models, direction, policy, deletions } = override;
  const facts = [
    ...(tracking_uri === undefined ? [] : [[t("fields.tracking_uri"), tracking_uri]]),
    ...(models === undefined ? [] : [[t("fields.models"), models]]),
    ...(direction === undefined ? [] : [[t("fields.direction"), t(`directions.${direction}`)]]),
    ...(policy === undefined ? [] : [[t("fields.policy"), t(`policies.${policy}`)]]),
    ...(deletions === undefined
      ? []
      : [[t("deletions"), t(deletions ? "deletionsFollow" : "deletionsStay")]]),
  ];
  if (facts.length === 0) return null;
  return (
    <p className="text-muted text-xs [overflow-wrap:anywhere]">
      {t("override", { values: facts.map((fact) => fact.join(": ")).join("; ") })}
    </p>
  );
}
