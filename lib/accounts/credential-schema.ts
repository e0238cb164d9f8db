/** The wire types of credentials: tokens, sessions and the keys that sign them. */
import { z } from "zod";
import { SCOPES } from "#lib/access/actor.ts";
import { modelNameSchema } from "#lib/wire/names.ts";
import { page, pageQuery } from "#lib/wire/page.ts";
import { timestamp } from "#lib/wire/words.ts";
import { displayNameSchema, PASSWORD_MAX, scopeSchema, whoSchema } from "./schema.ts";

/** A name, or the beginning of names followed by `*`. */
export const modelPatternSchema = z
  .string()
  .max(128)
  .refine(
    (text) =>
      text === "*" ||
      (text.endsWith("*")
        ? /^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(text.slice(0, -1))
        : modelNameSchema.safeParse(text).success),
    "Use the name of a model, or the beginning of names followed by *.",
  );
export const TOKEN_DAYS_MAX = 366;
export const createTokenBody = z.strictObject({
  name: displayNameSchema.min(1),
  scopes: z.array(scopeSchema).min(1).max(SCOPES.length).default(["models:read"]),
  /** Without any: all models. */
  models: z.array(modelPatternSchema).max(100).default([]),
  expires_in_days: z.int().min(1).max(TOKEN_DAYS_MAX).default(90),
});
export const tokenSchema = z.object({
  id: z.uuid(),
  name: z.string(),
  scopes: z.array(scopeSchema),
  models: z.array(z.string()),
  created_at: timestamp,
  created_by: z.string(),
  expires_at: timestamp,
  last_used_at: timestamp.nullable(),
});
export type TokenWire = z.infer<typeof tokenSchema>;
export const tokenListSchema = z.object({ items: z.array(tokenSchema) });
export const listTokensQuery = z.strictObject({
  /** Those of one account, for administrators. */
  user: z.uuid().lowercase().optional(),
});
/** The token is in this one answer only; `environment` has the lines for a shell. */
export const createdTokenSchema = tokenSchema.extend({
  token: z.string(),
  environment: z.string(),
});

export const exchangeBody = z.discriminatedUnion("grant_type", [
  z.strictObject({
    grant_type: z.literal("password"),
    username: z.string().min(1).max(100),
    password: z.string().min(1).max(PASSWORD_MAX),
    scopes: z.array(scopeSchema).min(1).max(SCOPES.length).default(["admin"]),
  }),
  z.strictObject({
    grant_type: z.literal("refresh_token"),
    refresh_token: z.string().max(2_048),
  }),
]);
export type ExchangeInput = z.infer<typeof exchangeBody>;
/** As RFC 6749, section 5.1, has it. */
export const exchangedSchema = z.object({
  access_token: z.string(),
  token_type: z.literal("Bearer"),
  expires_in: z.int(),
  refresh_token: z.string(),
  scope: z.string(),
});
export const revokeBody = z.strictObject({ token: z.string().max(2_048) });

export const sessionSchema = z.object({
  id: z.uuid(),
  user: whoSchema,
  created_at: timestamp,
  last_seen_at: timestamp,
  expires_at: timestamp,
  address: z.string().nullable(),
  user_agent: z.string().nullable(),
  /** The one that this request came with. */
  is_current: z.boolean(),
});
export type SessionWire = z.infer<typeof sessionSchema>;
export const sessionListSchema = page(sessionSchema);
export const endedSessionsSchema = z.object({ ended: z.int() });
export const listSessionsQuery = z.strictObject({
  /** Everybody's, for administrators. */
  all: z.stringbool().default(false),
  /** Those of one account, for administrators. */
  user: z.uuid().lowercase().optional(),
  ...pageQuery,
});

export const signingKeySchema = z.object({
  kid: z.string(),
  state: z.enum(["next", "active", "retiring"]),
  active_at: timestamp,
});
export const signingKeyListSchema = z.object({ items: z.array(signingKeySchema) });
export const rotateBody = z.strictObject({
  /** Ends all tokens and sessions at once: for a key that may be known to somebody. */
  revoke_others: z.boolean().default(false),
});
