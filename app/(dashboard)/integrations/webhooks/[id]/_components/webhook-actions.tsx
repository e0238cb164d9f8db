import { useTranslations } from "next-intl";
import { ConfirmButton } from "#components/accounts/confirm-button.tsx";
import { TestButton } from "#components/deliveries/test-button.tsx";
import type { WebhookWire } from "#lib/webhooks/schema.ts";
import { WebhookDialog } from "../../_components/webhook-dialog.tsx";
import { SecretButton } from "./secret-button.tsx";

export function WebhookActions({ webhook }: { webhook: WebhookWire }) {
  const t = useTranslations("webhooks");
  const { id, enabled } = webhook;
  return (
    <>
      <TestButton path={`/webhooks/${id}/test`} name={webhook.url} />
      <WebhookDialog webhook={webhook} />
      <SecretButton id={id} />
      <ConfirmButton
        label={t(enabled ? "turnOff" : "turnOn")}
        title={t(enabled ? "turnOffTitle" : "turnOnTitle")}
        text={t(enabled ? "turnOffText" : "turnOnText")}
        done={t(enabled ? "turnedOff" : "turnedOn")}
        path={`/webhooks/${id}`}
        method="PATCH"
        body={{ enabled: !enabled }}
      />
      <ConfirmButton
        label={t("remove")}
        title={t("removeTitle")}
        text={t("removeText")}
        done={t("removed")}
        path={`/webhooks/${id}`}
        isDanger
      />
    </>
  );
}
