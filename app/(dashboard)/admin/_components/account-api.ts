import type { AccountWire } from "#lib/accounts/schema.ts";

/** Where an account is changed, below `/api/v1`. */
export function accountApi({ id, kind }: Pick<AccountWire, "id" | "kind">): string {
  return kind === "user" ? `/users/${id}` : `/service-accounts/${id}`;
}
