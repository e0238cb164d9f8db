import { useTranslations } from "next-intl";
import type { PossibleMoveWire } from "#lib/models/protection/schema.ts";
import { stageSchema } from "#lib/wire/words.ts";

/** "Alias prod", "Stage Production". */
export function useMoveName() {
  const t = useTranslations("version.protected");
  const common = useTranslations("common");
  return ({ kind, target }: Pick<PossibleMoveWire, "kind" | "target">): string =>
    kind === "alias"
      ? t("alias", { alias: target })
      : t("stage", { stage: common(`stage.${stageSchema.parse(target)}`) });
}
