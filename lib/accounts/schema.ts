/** The wire types of accounts, groups, grants and rights. Forms check their input by them too. */
import { z } from "zod";
import { LEVELS, ROLES, SCOPES } from "#lib/access/actor.ts";
import { modelNameSchema } from "#lib/wire/names.ts";
import { page, pageQuery } from "#lib/wire/page.ts";
import { quotaSchema, timestamp, visibilitySchema } from "#lib/wire/words.ts";

export const roleSchema = z.enum(ROLES);
export const scopeSchema = z.enum(SCOPES);
export const levelSchema = z.enum(LEVELS);

const RESERVED = new Set(["anonymous", "system", "me"]);
export const accountNameSchema = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._@+-]{0,99}$/,
    "Use 1 to 100 letters, digits, dots, underscores, hyphens, plus and at signs, starting with a letter or digit.",
  )
  .refine((name) => !RESERVED.has(name.toLowerCase()), "This name is reserved.");
/** Long enough that nobody guesses it at the allowed rate; the cap keeps hashing cheap. */
export const PASSWORD_MIN = 12;
export const PASSWORD_MAX = 256;
export const passwordSchema = z.string().min(PASSWORD_MIN).max(PASSWORD_MAX);
/** Ranges instead of `\p{Cc}` and `\p{Bidi_Control}`: readers of the OpenAPI document know no properties of Unicode. */
const printable = z.string().regex(
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what a name must not have
  /^[^\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]*$/,
  "has control characters",
);
export const displayNameSchema = printable.max(200).trim();
export const emailSchema = z.email().max(254);
/** Groups of an identity provider have all kinds of names. */
export const groupNameSchema = printable.max(200).trim().min(1);

/** Somebody, where a name says who. */
export const whoSchema = z.object({ id: z.string(), name: z.string() });

export const accountSchema = z.object({
  id: z.uuid(),
  kind: z.enum(["user", "service"]),
  name: z.string(),
  display_name: z.string(),
  email: z.string().nullable(),
  role: roleSchema,
  disabled: z.boolean(),
  /** How the account signs in. */
  sign_in: z.array(z.enum(["password", "provider"])),
  groups: z.array(z.string()),
  quota_bytes: quotaSchema,
  last_seen_at: timestamp.nullable(),
  created_at: timestamp,
  created_by: z.string(),
});
export type AccountWire = z.infer<typeof accountSchema>;
export const accountListSchema = page(accountSchema);
export const listAccountsQuery = z.strictObject({
  query: z.string().max(100).trim().optional(),
  role: roleSchema.optional(),
  disabled: z.stringbool().optional(),
  ...pageQuery,
});

/** A link that leads to a form once. It is shown this one time only. */
export const linkSchema = z.object({ url: z.string(), expires_at: timestamp });
export type LinkWire = z.infer<typeof linkSchema>;

export const createUserBody = z.strictObject({
  name: accountNameSchema,
  display_name: displayNameSchema.default(""),
  email: emailSchema.optional(),
  role: roleSchema.default("reader"),
});
/** The account, and the link by which its owner chooses a password. */
export const createdUserSchema = z.object({ user: accountSchema, link: linkSchema });

export const updateUserBody = z
  .strictObject({
    display_name: displayNameSchema,
    email: emailSchema.nullable(),
    role: roleSchema,
    disabled: z.boolean(),
    quota_bytes: quotaSchema,
  })
  .partial()
  .refine((body) => Object.keys(body).length > 0, "Give at least one field.");

export const createServiceAccountBody = z.strictObject({
  name: accountNameSchema,
  display_name: displayNameSchema.default(""),
  role: roleSchema.default("reader"),
});

export const inviteBody = z.strictObject({
  role: roleSchema.default("reader"),
  email: emailSchema.optional(),
});

export const redeemLinkBody = z.strictObject({
  token: z.string().min(20).max(100),
  /** Of a new account; a link to choose another password has the account already. */
  name: accountNameSchema.optional(),
  display_name: displayNameSchema.optional(),
  password: passwordSchema,
});
export const redeemedLinkSchema = z.object({ user: whoSchema });

export const changePasswordBody = z.strictObject({
  current_password: z.string().max(PASSWORD_MAX),
  new_password: passwordSchema,
});

export const groupSchema = z.object({
  id: z.uuid(),
  name: z.string(),
  description: z.string(),
  members: z.array(
    z.object({ id: z.string(), name: z.string(), source: z.enum(["local", "provider"]) }),
  ),
  created_at: timestamp,
});
export type GroupWire = z.infer<typeof groupSchema>;
export const groupListSchema = page(groupSchema);
export const listGroupsQuery = z.strictObject(pageQuery);
export const createGroupBody = z.strictObject({
  name: groupNameSchema,
  description: printable.max(1000).default(""),
});

export const grantSchema = z.object({
  id: z.string(),
  user: whoSchema.nullable(),
  group: whoSchema.nullable(),
  level: levelSchema,
  created_at: timestamp,
  created_by: z.string(),
});
export type GrantWire = z.infer<typeof grantSchema>;
export const grantListSchema = z.object({
  visibility: visibilitySchema,
  items: z.array(grantSchema),
});
/** To a user (or service account), or to a group. */
export const setGrantBody = z.union([
  z.strictObject({ user: accountNameSchema, level: levelSchema }),
  z.strictObject({ group: groupNameSchema, level: levelSchema }),
]);

/** What may be done, by its name in the policy. */
export const rightsSchema = z.object({
  role: roleSchema.nullable(),
  permissions: z.array(z.object({ name: z.string(), allowed: z.boolean(), reason: z.string() })),
  /** On single models, the account's own and those of its groups. */
  grants: z.array(z.object({ model: z.string(), level: levelSchema })),
});
export type RightsWire = z.infer<typeof rightsSchema>;
export const rightsQuery = z.strictObject({
  model: modelNameSchema.optional(),
  /** As if the account had this role. */
  role: roleSchema.optional(),
});

export const meSchema = z.object({
  id: z.string(),
  kind: z.enum(["anonymous", "user", "service"]),
  name: z.string(),
  role: roleSchema,
  groups: z.array(z.string()),
  scopes: z.array(scopeSchema).nullable(),
  models: z.array(z.string()).nullable(),
  /** Names of the policy's permissions; on single models there may be more. */
  permissions: z.array(z.string()),
  grants: z.array(z.object({ model: z.string(), level: levelSchema })),
});

export const handoverBody = z.strictObject({ to: accountNameSchema });
export const handoverSchema = z.object({ models: z.int() });
