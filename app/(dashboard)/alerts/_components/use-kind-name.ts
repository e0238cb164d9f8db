import { useTranslations } from "next-intl";
import { ALERT_KINDS } from "#lib/alerts/kinds.ts";

/** The words for a kind; one that this release does not know stays as it is. */
export function useKindName(): (kind: string) => string {
  const t = useTranslations("alerts");
  return (kind) => {
    const known = ALERT_KINDS.find((name) => name === kind);
    return known === undefined ? kind : t(`kinds.${known}`);
  };
}
