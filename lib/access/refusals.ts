/** What is noted down of somebody who was refused. */
import type { ErrorCode } from "#lib/errors.ts";
import type { Actor } from "./actor.ts";

export type Refusal = {
  /** The permission that was asked for, or what else was to be done. */
  permission: string;
  code: ErrorCode;
  /** By the name under which the client asked for it. */
  model?: string | undefined;
  version?: string | undefined;
};

/** The part of a context that decides; a context without `refused` notes nothing down. */
export type Acting = { actor: Actor; refused?: ((refusal: Refusal) => void) | undefined };
