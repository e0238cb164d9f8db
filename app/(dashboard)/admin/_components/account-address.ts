import { type AccountWire, roleSchema } from "#lib/accounts/schema.ts";

export type AccountsAddress = {
  query?: string;
  role?: AccountWire["role"];
  state?: "active" | "disabled";
  cursor?: string;
};
export type AccountsParams = Record<string, string | string[] | undefined>;
type Path = "/admin/users" | "/admin/service-accounts";

const QUERY_MAX = 100;

/** What the list shows, from its address; what is not understood is left out. */
export function parseAccountsAddress(params: AccountsParams): AccountsAddress {
  const { query, cursor } = params;
  const role = roleSchema.safeParse(params.role).data;
  const state = (["active", "disabled"] as const).find((known) => known === params.state);
  const words = typeof query === "string" && !query.includes("\0") ? query.trim() : "";
  return {
    ...(words === "" ? {} : { query: words.slice(0, QUERY_MAX) }),
    ...(role ? { role } : {}),
    ...(state ? { state } : {}),
    ...(typeof cursor === "string" && cursor !== "" ? { cursor } : {}),
  };
}

/** The address as a link; what is not chosen is left out. */
export function accountsHref(path: Path, address: AccountsAddress): string {
  const search = new URLSearchParams();
  for (const name of ["query", "role", "state", "cursor"] as const) {
    const value = address[name];
    if (value) search.set(name, value);
  }
  return search.size > 0 ? `${path}?${search}` : path;
}
