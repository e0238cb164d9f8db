import { useTranslations } from "next-intl";
import { ConfirmButton } from "#components/accounts/confirm-button.tsx";
import { TestButton } from "#components/deliveries/test-button.tsx";
import type { ContactPointWire } from "#lib/notifications/schema.ts";
import { ContactDialog } from "./contact-dialog.tsx";

/** Everything that can be done with one. */
export function ContactActions({ point }: { point: ContactPointWire }) {
  const t = useTranslations("alerts.contacts");
  const { name, enabled } = point;
  const api = `/contact-points/${point.id}`;
  return (
    <>
      <TestButton path={`${api}/test`} name={name} />
      <ContactDialog point={point} />
      <ConfirmButton
        label={t(enabled ? "turnOff" : "turnOn")}
        title={t(enabled ? "turnOffTitle" : "turnOnTitle", { name })}
        text={t(enabled ? "turnOffText" : "turnOnText")}
        done={t(enabled ? "turnedOff" : "turnedOn", { name })}
        path={api}
        method="PATCH"
        body={{ enabled: !enabled }}
      />
      <ConfirmButton
        label={t("remove")}
        title={t("removeTitle", { name })}
        text={t("removeText")}
        done={t("removed", { name })}
        path={api}
        isDanger
      />
    </>
  );
}
