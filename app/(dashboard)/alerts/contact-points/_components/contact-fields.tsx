import { useTranslations } from "next-intl";
import { useState } from "react";
import { Field } from "#components/ui/field.tsx";
import { Input } from "#components/ui/input.tsx";
import { Select } from "#components/ui/select.tsx";
import { Textarea } from "#components/ui/textarea.tsx";
import {
  CONTACT_KINDS,
  type ContactKind,
  type ContactPointWire,
} from "#lib/notifications/schema.ts";

/** Its name, and where its messages go; what kind it is stays as it was made. */
export function ContactFields(props: {
  point: ContactPointWire | undefined;
  errors: Record<string, string>;
}) {
  const t = useTranslations("alerts.contacts");
  const { point, errors } = props;
  const [kind, setKind] = useState<ContactKind>(point?.kind ?? "email");
  return (
    <>
      <Field label={t("name")} error={errors.name ?? null}>
        {(control) => (
          <Input
            {...control}
            name="name"
            required
            maxLength={100}
            defaultValue={point?.name ?? ""}
            autoComplete="off"
          />
        )}
      </Field>
      {!point && (
        <Field label={t("kind")}>
          {(control) => (
            <Select
              {...control}
              name="kind"
              value={kind}
              onChange={({ target }) => setKind(target.value as ContactKind)}
            >
              {CONTACT_KINDS.map((known) => (
                <option key={known} value={known}>
                  {t(`kinds.${known}`)}
                </option>
              ))}
            </Select>
          )}
        </Field>
      )}
      {kind === "email" ? (
        <Field label={t("addresses")} hint={t("addressesHint")} error={errors.addresses ?? null}>
          {(control) => (
            <Textarea
              {...control}
              name="addresses"
              required
              defaultValue={point?.addresses.join("\n") ?? ""}
              className="min-h-16"
              spellCheck={false}
            />
          )}
        </Field>
      ) : (
        <Field
          label={t("url")}
          hint={point ? `${t("urlHint")} ${t("urlUnchanged")}` : t("urlHint")}
          error={errors.url ?? null}
        >
          {(control) => (
            <Input
              {...control}
              name="url"
              type="url"
              required={!point}
              maxLength={2048}
              placeholder={point?.host ? `https://${point.host}/…` : "https://"}
              autoComplete="off"
              spellCheck={false}
            />
          )}
        </Field>
      )}
    </>
  );
}
