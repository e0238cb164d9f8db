/** The wire types of `/contact-points`. */
import { z } from "zod";
import { ALERT_KINDS, SEVERITIES } from "#lib/alerts/kinds.ts";
import { isOutgoingUrl, URL_MAX_LENGTH } from "#lib/outgoing/parse-outgoing-url.ts";
import { timestamp } from "#lib/wire/words.ts";

export const CONTACT_KINDS = ["email", "webhook", "slack"] as const;
export type ContactKind = (typeof CONTACT_KINDS)[number];
export const LANGUAGES = ["en", "pt-BR"] as const;
export type Language = (typeof LANGUAGES)[number];

/** More people have a list of their own at their mail server. */
const ADDRESSES_MAX = 20;
export const CONTACT_POINTS_MAX = 100;

const name = z.string().min(1).max(100).trim();
const addresses = z.array(z.email().max(254)).max(ADDRESSES_MAX);
const url = z
  .string()
  .min(1)
  .max(URL_MAX_LENGTH)
  .trim()
  .refine(isOutgoingUrl, "Use a URL that begins with https:// or http://.");
const routing = {
  /** None stands for all of them. */
  severities: z.array(z.enum(SEVERITIES)).max(SEVERITIES.length),
  kinds: z.array(z.enum(ALERT_KINDS)).max(ALERT_KINDS.length),
  language: z.enum(LANGUAGES),
  /** Whether it is told when an alert is over, too. */
  tells_end: z.boolean(),
};

export const contactPointSchema = z.object({
  id: z.string(),
  name: z.string(),
  kind: z.enum(CONTACT_KINDS),
  /** Of mail. */
  addresses: z.array(z.string()),
  /** Of the others; the rest of the URL is a secret. */
  host: z.string().nullable(),
  ...routing,
  enabled: z.boolean(),
  created_at: timestamp,
  created_by: z.string(),
  updated_at: timestamp,
});
export type ContactPointWire = z.infer<typeof contactPointSchema>;

/** `secret`: what the messages of a webhook are signed with, told once; null for the others. */
export const newContactPointSchema = contactPointSchema.extend({ secret: z.string().nullable() });

export const contactPointListSchema = z.object({
  items: z.array(contactPointSchema),
  /** Whether the configuration names a mail server. */
  has_mail_server: z.boolean(),
});

export const createContactPointBody = z
  .strictObject({
    name,
    kind: z.enum(CONTACT_KINDS),
    addresses: addresses.default([]),
    url: url.nullable().default(null),
    severities: routing.severities.default([]),
    kinds: routing.kinds.default([]),
    language: routing.language.default("en"),
    tells_end: routing.tells_end.default(true),
  })
  .superRefine(({ kind, addresses: to, url: where }, context) => {
    const isMail = kind === "email";
    if (isMail && to.length === 0)
      context.addIssue({ code: "custom", path: ["addresses"], message: "Give an address." });
    if (!isMail && where === null)
      context.addIssue({ code: "custom", path: ["url"], message: "Give the URL." });
  });

export const updateContactPointBody = z.strictObject({
  name: name.optional(),
  addresses: addresses.min(1).optional(),
  url: url.optional(),
  severities: routing.severities.optional(),
  kinds: routing.kinds.optional(),
  language: routing.language.optional(),
  tells_end: routing.tells_end.optional(),
  enabled: z.boolean().optional(),
});

const rowNumber = z.string().regex(/^[1-9][0-9]{0,17}$/, "It is named by its number.");
export const contactPointParams = z.object({ id: rowNumber });
export const contactDeliveryParams = z.object({ id: rowNumber, delivery: rowNumber });
