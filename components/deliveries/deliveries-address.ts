import { DELIVERY_STATES, type DeliveryState } from "#lib/deliveries/schema.ts";

export type DeliveriesParams = Record<string, string | string[] | undefined>;

/** What the log shows, from its address; what is not understood is left out. */
export function parseDeliveriesAddress({ state, cursor }: DeliveriesParams): {
  state?: DeliveryState;
  cursor?: string;
} {
  const known = DELIVERY_STATES.find((name) => name === state);
  return {
    ...(known ? { state: known } : {}),
    ...(typeof cursor === "string" && cursor !== "" ? { cursor } : {}),
  };
}
