import {
  OPERATION_KINDS,
  OPERATION_STATES,
  type OperationKind,
  type OperationState,
} from "#lib/operations/schema.ts";

export type OperationsAddress = {
  kind?: OperationKind;
  state?: OperationState;
  cursor?: string;
};

export type OperationsParams = Record<string, string | string[] | undefined>;

/** What the page shows, from its address; what is not understood is left out. */
export function parseOperationsAddress(params: OperationsParams): OperationsAddress {
  const kind = OPERATION_KINDS.find((known) => known === params.kind);
  const state = OPERATION_STATES.find((known) => known === params.state);
  const { cursor } = params;
  return {
    ...(kind ? { kind } : {}),
    ...(state ? { state } : {}),
    ...(typeof cursor === "string" && cursor !== "" ? { cursor } : {}),
  };
}

/** The address as a link; what is not chosen is left out. */
export function operationsHref({ kind, state, cursor }: OperationsAddress): string {
  const search = new URLSearchParams();
  if (kind) search.set("kind", kind);
  if (state) search.set("state", state);
  if (cursor) search.set("cursor", cursor);
  return search.size > 0 ? `/operations?${search}` : "/operations";
}
