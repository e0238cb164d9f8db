"use client";

import { useTranslations } from "next-intl";
import { Field } from "#components/ui/field.tsx";
import { Select } from "#components/ui/select.tsx";
import { type AccountWire, roleSchema } from "#lib/accounts/schema.ts";

type Role = AccountWire["role"];

/** Chooses a role, named `role` in its form. */
export function RoleField(props: { value?: Role; onChange?: (role: Role) => void }) {
  const t = useTranslations("admin");
  const accounts = useTranslations("accounts");
  const value = props.value;
  return (
    <Field label={t("role")} hint={value && accounts(`roleText.${value}`)}>
      {(control) => (
        <Select
          {...control}
          name="role"
          {...(value ? { value } : { defaultValue: "reader" })}
          onChange={(event) => props.onChange?.(event.target.value as Role)}
        >
          {roleSchema.options.map((role) => (
            <option key={role} value={role}>
              {accounts(`role.${role}`)}
            </option>
          ))}
        </Select>
      )}
    </Field>
  );
}
