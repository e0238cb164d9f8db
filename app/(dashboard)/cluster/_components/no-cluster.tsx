import { Network } from "lucide-react";
import { useTranslations } from "next-intl";
import { Card } from "#components/ui/card.tsx";
import { CodeBlock } from "#components/ui/code-block.tsx";
import { EmptyState } from "#components/ui/empty-state.tsx";
import { agentCommands, SETTING } from "./agent-commands.ts";

/** Says what a cluster is needed for, and the commands that connect one. */
export function NoCluster({ origin, accountsOn }: { origin: string; accountsOn: boolean }) {
  const t = useTranslations("cluster");
  const common = useTranslations("common");
  return (
    <Card>
      <EmptyState icon={Network} title={t("empty.title")} description={t("empty.text")}>
        <div className="flex w-full max-w-2xl flex-col gap-4 text-left">
          <section className="flex flex-col gap-1.5">
            <h3 className="font-medium">{t("empty.byServer")}</h3>
            <CodeBlock code={SETTING} label={t("empty.byServer")} copyLabel={common("copyCode")} />
            <p className="text-muted text-xs">{t("empty.byServerHint")}</p>
          </section>
          <section className="flex flex-col gap-1.5">
            <h3 className="font-medium">{t("empty.byHand")}</h3>
            <CodeBlock
              code={agentCommands({ origin, accountsOn })}
              label={t("empty.byHand")}
              copyLabel={common("copyCode")}
            />
            <p className="text-muted text-xs">
              {t(accountsOn ? "empty.byHandToken" : "empty.byHandHint")}
            </p>
          </section>
        </div>
      </EmptyState>
    </Card>
  );
}
