import { useTranslations } from "next-intl";
import { Card } from "#components/ui/card.tsx";
import { CodeBlock } from "#components/ui/code-block.tsx";
import { restoreCommand } from "./restore-command.ts";

export function RestoreCard({ id }: { id: string }) {
  const t = useTranslations("backups");
  return (
    <Card title={t("restoreTitle")}>
      <p className="mb-3 max-w-prose text-muted">{t("restoreText")}</p>
      <CodeBlock code={restoreCommand(id)} label={t("command")} copyLabel={t("restoreCopy")} />
    </Card>
  );
}
