/** The wire types of protected moves, and the bodies that ask for them. */
import { z } from "zod";
import { aliasNameSchema } from "#lib/wire/names.ts";
import { pageQuery } from "#lib/wire/page.ts";
import { timestamp } from "#lib/wire/words.ts";
import { parseRule, RULE_MAX_LENGTH, RuleError } from "./metadata-rule.ts";

export const MOVE_KINDS = ["alias", "stage"] as const;
export type MoveKind = (typeof MOVE_KINDS)[number];
/** Nothing is required to take a version out of use. */
export const PROTECTED_STAGES = ["staging", "production"] as const;
export const APPROVALS_MAX = 10;

const commentSchema = z.string().max(2000);
const requirements = {
  require_clean: z.boolean(),
  /** See lib/models/protection/metadata-rule.ts; empty for none. */
  rule: z.string().max(RULE_MAX_LENGTH),
  /** The version that is there now has the same tensors: names, types and shapes. */
  require_same_tensors: z.boolean(),
  /** By others than who asks. */
  approvals: z.int().min(0).max(APPROVALS_MAX),
};

export const protectionSchema = z.object({
  id: z.string(),
  /** A model's name, or the beginning of names followed by `*`. */
  pattern: z.string(),
  kind: z.enum(MOVE_KINDS),
  target: z.string(),
  ...requirements,
  updated_at: timestamp,
  updated_by: z.string(),
});
export type ProtectionWire = z.infer<typeof protectionSchema>;

const patternSchema = z
  .string()
  .max(129)
  .refine((pattern) => {
    const name = pattern.replace(/\*$/, "");
    return (
      (pattern.endsWith("*") && name === "") || /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/.test(name)
    );
  }, "Use a model's name, the beginning of names followed by *, or * for all models.");

export const setProtectionBody = z
  .strictObject({
    pattern: patternSchema,
    kind: z.enum(MOVE_KINDS),
    target: z.string().max(64),
    require_clean: requirements.require_clean.default(false),
    rule: requirements.rule.default(""),
    require_same_tensors: requirements.require_same_tensors.default(false),
    approvals: requirements.approvals.default(0),
  })
  .superRefine((body, context) => {
    const targets: z.ZodType = body.kind === "stage" ? z.enum(PROTECTED_STAGES) : aliasNameSchema;
    const problem = targets.safeParse(body.target).error?.issues[0]?.message;
    if (problem) context.addIssue({ code: "custom", path: ["target"], message: problem });
    try {
      parseRule(body.rule);
    } catch (error) {
      if (!(error instanceof RuleError)) throw error;
      context.addIssue({ code: "custom", path: ["rule"], message: error.message });
    }
    const { require_clean, rule, require_same_tensors, approvals } = body;
    if (!require_clean && rule.trim() === "" && !require_same_tensors && approvals === 0)
      context.addIssue({ code: "custom", message: "A protection requires something." });
  });

export const CHECK_KINDS = ["verdict", "metadata", "tensors", "approvals"] as const;
export const moveCheckSchema = z.object({
  kind: z.enum(CHECK_KINDS),
  passes: z.boolean(),
  /** The verdict, the comparison, the version to compare with (null where there is none), or the number. */
  wanted: z.string().nullable(),
  /** What there is: the verdict, the value as JSON, the number of tensors that differ, the number of approvals. */
  found: z.string().nullable(),
});
export type MoveCheck = z.infer<typeof moveCheckSchema>;

export const REQUEST_STATES = ["open", "done", "refused", "withdrawn"] as const;
export const moveRequestSchema = z.object({
  id: z.string(),
  model: z.string(),
  version: z.string(),
  kind: z.enum(MOVE_KINDS),
  target: z.string(),
  state: z.enum(REQUEST_STATES),
  comment: z.string(),
  requested_by: z.string(),
  /** Whoever asks made it, and so does not decide about it. */
  is_mine: z.boolean(),
  created_at: timestamp,
  closed_at: timestamp.nullable(),
  decisions: z.array(
    z.object({
      actor: z.string(),
      decision: z.enum(["approve", "refuse"]),
      comment: z.string(),
      at: timestamp,
    }),
  ),
  /** As they are now; empty for a request that is closed. */
  checks: z.array(moveCheckSchema),
  /** Why an approved move was not carried out. */
  problem: z.string().nullable(),
});
export type MoveRequestWire = z.infer<typeof moveRequestSchema>;

export const requestMoveBody = z.strictObject({
  version: z.string().min(1).max(256),
  kind: z.enum(MOVE_KINDS),
  target: z.string().min(1).max(64),
  comment: commentSchema.default(""),
  /** For a version that is not clean, where the protection lets it pass; the comment then says why. */
  accept_risk: z.boolean().default(false),
});

export const decideMoveBody = z.strictObject({
  decision: z.enum(["approve", "refuse"]),
  comment: commentSchema.default(""),
});

/** A protected move that a version could make, and how it stands. */
export const possibleMoveSchema = z.object({
  kind: z.enum(MOVE_KINDS),
  target: z.string(),
  /** The version is there already. */
  is_there: z.boolean(),
  approvals: z.int(),
  checks: z.array(moveCheckSchema),
  request: moveRequestSchema.nullable(),
});
export const possibleMovesSchema = z.object({
  items: z.array(possibleMoveSchema),
  /** What whoever asks may do: move and ask for approval; approve and refuse what others ask for. */
  may_move: z.boolean(),
  may_decide: z.boolean(),
});
export type PossibleMovesWire = z.infer<typeof possibleMovesSchema>;
export type PossibleMoveWire = z.infer<typeof possibleMoveSchema>;

export const listMoveRequestsQuery = z.strictObject({
  state: z.enum(REQUEST_STATES).optional(),
  ...pageQuery,
});
