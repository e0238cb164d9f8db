/** Settings of single sign-on by OpenID Connect. */
import { z } from "zod";

/** As lib/access knows them; the configuration is below it. */
export const ROLE_NAMES = ["reader", "contributor", "maintainer", "administrator"] as const;
export type RoleName = (typeof ROLE_NAMES)[number];

export const OIDC_DEFAULTS = {
  issuer: null,
  client_id: null,
  client_secret: null,
  name: "Single sign-on",
  scope: "openid profile email",
  groups_claim: "groups",
  roles: {},
  default_role: "reader",
} as const;

type Leaf = <T>(rule: string, parse: (value: unknown) => T | undefined) => z.ZodType<T, unknown>;

const text = (value: unknown) => (typeof value === "string" && value.trim() ? value : undefined);
const textOrNull = (value: unknown) => (value === null || value === "" ? null : text(value));

export function oidcSection(leaf: Leaf) {
  return z.strictObject({
    issuer: leaf(
      'must be the URL of an OpenID Connect issuer, such as "https://login.example.org"',
      (value) => {
        const url = textOrNull(value);
        return url == null || /^https?:$/.test(URL.parse(url)?.protocol ?? "") ? url : undefined;
      },
    ),
    client_id: leaf("must be the id that the issuer gave to this registry", textOrNull),
    client_secret: leaf("must be the secret that the issuer gave to this registry", textOrNull),
    name: leaf("must be the words on the button of the sign-in page", text),
    scope: leaf(
      'must be a list of scopes with "openid", such as "openid profile email groups"',
      (value) => (text(value)?.split(" ").includes("openid") ? text(value) : undefined),
    ),
    groups_claim: leaf('must be the name of the claim that lists groups, such as "groups"', text),
    roles: leaf(
      `must map groups to roles (${ROLE_NAMES.join(", ")}), such as { ml-admins: administrator }`,
      readRoles,
    ),
    default_role: leaf(`must be one of none, ${ROLE_NAMES.join(", ")}`, (value) =>
      ["none", ...ROLE_NAMES].includes(String(value)) ? (value as RoleName | "none") : undefined,
    ),
  });
}

export type OidcSection = z.output<ReturnType<typeof oidcSection>>;

/** The environment has no objects, so it writes `group=role` with commas. */
function readRoles(value: unknown): Record<string, RoleName> | undefined {
  const pairs =
    typeof value === "string"
      ? value.split(",").flatMap((pair) => (pair.trim() ? [pair.trim().split(/=(?=[^=]*$)/)] : []))
      : typeof value === "object" && value !== null && !Array.isArray(value)
        ? Object.entries(value)
        : null;
  const isRole = (role: unknown) => ROLE_NAMES.includes(role as RoleName);
  if (!pairs?.every((pair) => pair.length === 2 && pair[0] !== "" && isRole(pair[1])))
    return undefined;
  return Object.fromEntries(pairs) as Record<string, RoleName>;
}

/** What is missing of an issuer's three settings. */
export function oidcProblems(section: unknown): { key: string; rule: string }[] {
  const { issuer, client_id, client_secret } = (section ?? {}) as Partial<OidcSection>;
  if (!issuer) return [];
  const missing = Object.entries({ client_id, client_secret }).filter(([, value]) => !value);
  return missing.map(([key]) => ({ key, rule: "must be set, since auth.oidc.issuer is" }));
}
