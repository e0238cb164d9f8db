import { describe, expect, it } from "vitest";
import type { ConfigError } from "./config-error.ts";
import { loadConfig } from "./load-config.ts";

const load = (settings: Record<string, string>) =>
  loadConfig(
    Object.fromEntries(
      Object.entries(settings).map(([key, value]) => [
        `MODEL_REGISTRY_CLUSTER__DASK__${key}`,
        value,
      ]),
    ),
  ).cluster.dask;
const problemsOf = (settings: Record<string, string>) => {
  try {
    load(settings);
    return [];
  } catch (error) {
    return (error as ConfigError).problems;
  }
};

describe("the settings of the cluster", () => {
  it("name no scheduler by themselves", () => {
    expect(load({})).toEqual({ schedulerAddress: null, agent: "auto" });
  });

  it("take an address in any spelling that Dask takes", () => {
    const addressOf = (SCHEDULER_ADDRESS: string) => load({ SCHEDULER_ADDRESS }).schedulerAddress;
    expect(addressOf("Scheduler:8786")).toBe("tcp://scheduler:8786");
    expect(addressOf("tls://10.0.0.1:8786/")).toBe("tls://10.0.0.1:8786");
    expect(addressOf("")).toBeNull();
    expect(load({ AGENT: "off" }).agent).toBe("off");
  });

  it("refuse what is no address, and no choice", () => {
    for (const address of ["tcp://user:secret@host:1", "two words", "host/path"])
      expect(problemsOf({ SCHEDULER_ADDRESS: address })[0]).toContain(
        "cluster.dask.scheduler_address must be the address of a Dask scheduler",
      );
    expect(problemsOf({ AGENT: "maybe" })[0]).toContain("cluster.dask.agent must be auto or off");
  });
});
