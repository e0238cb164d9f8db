import { z } from "zod";
import { normalAddress, schedulerAddressSchema } from "#lib/wire/scheduler-address.ts";
import { leaf } from "./values.ts";

/** The keys of `cluster` with the values they have when nothing sets them. */
export const CLUSTER_DEFAULTS = { dask: { scheduler_address: null, agent: "auto" } } as const;

export type ClusterSection = {
  readonly dask: {
    /** null: no cluster is known here; agents that are started elsewhere tell of theirs. */
    readonly schedulerAddress: string | null;
    /** `auto`: the start command runs an agent where there is an address and a Python for it. */
    readonly agent: "auto" | "off";
  };
};

export function clusterSection() {
  return z.strictObject({
    dask: z.strictObject({
      scheduler_address: leaf(
        'must be the address of a Dask scheduler, such as "tcp://scheduler:8786"',
        (value) => {
          if (value === null || value === "") return null;
          const { data } = schedulerAddressSchema.safeParse(value);
          return data === undefined ? undefined : normalAddress(data);
        },
      ),
      // YAML reads a bare `off` as false.
      agent: leaf("must be auto or off", (value) => {
        if (value === "auto") return "auto" as const;
        return value === "off" || value === false ? ("off" as const) : undefined;
      }),
    }),
  });
}
