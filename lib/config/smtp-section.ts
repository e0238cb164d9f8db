/** Settings of the mail server that notifications go through. */
import { isIP } from "node:net";
import { z } from "zod";
import { isText, leaf, oneOf, wholeNumber } from "./values.ts";

export const SMTP_DEFAULTS = {
  host: null,
  port: 587,
  security: "starttls",
  user: null,
  password: null,
  from: null,
} as const;

/** `starttls` refuses a server without it; `none` is for a server on this machine or in a trusted network. */
const SECURITY = ["starttls", "tls", "none"] as const;

/** One address, alone or as `Name <address>`; no line break, which would begin another header. */
const FROM =
  /^(?:[^<>\r\n]{0,100}<[^\s<>@]{1,64}@[^\s<>@]{1,255}>|[^\s<>@]{1,64}@[^\s<>@]{1,255})$/;

export type SmtpConfig = {
  readonly host: string;
  readonly port: number;
  readonly security: (typeof SECURITY)[number];
  readonly user: string | null;
  readonly password: string | null;
  readonly from: string;
};

export function smtpSection() {
  return z.strictObject({
    host: leaf('must be the name of a mail server, such as "smtp.example.org"', (value) => {
      if (isUnset(value)) return null;
      const isName = isText(value) && (/^[A-Za-z0-9.-]{1,253}$/.test(value) || isIP(value) > 0);
      return isName ? value : undefined;
    }),
    port: wholeNumber(1, 65_535),
    security: oneOf(SECURITY),
    user: leaf("must be the name to sign in with, or nothing", textOrNone),
    password: leaf("must be the password to sign in with, or nothing", textOrNone),
    from: leaf('must be an address, such as "Model Registry <registry@example.org>"', (value) => {
      if (isUnset(value)) return null;
      return isText(value) && FROM.test(value) ? value : undefined;
    }),
  });
}

/** What is missing beside a host. */
export function smtpProblems(section: unknown): { key: string; rule: string }[] {
  const { host, from, user, password } = (section ?? {}) as Record<string, unknown>;
  if (!host) return [];
  const isHalf = Boolean(user) !== Boolean(password);
  return [
    ...(from ? [] : [{ key: "from", rule: "must be set, since notifications.smtp.host is" }]),
    ...(isHalf ? [{ key: "user", rule: "and password are set together, or neither" }] : []),
  ];
}

export function toSmtp(section: z.output<ReturnType<typeof smtpSection>>): SmtpConfig | null {
  const { host, from } = section;
  return host === null || from === null ? null : { ...section, host, from };
}

function textOrNone(value: unknown): string | null | undefined {
  if (isUnset(value)) return null;
  return isText(value) ? value : undefined;
}

function isUnset(value: unknown): boolean {
  return value === null || value === undefined || value === "";
}
