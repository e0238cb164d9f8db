import { expect, it } from "vitest";
import { serverEnvironment } from "./server-flags.mjs";

it("tells malloc to give memory back, and leaves the rest of the environment", () => {
  const env = serverEnvironment({ PATH: "/bin" });
  expect(env).toMatchObject({ PATH: "/bin", MALLOC_ARENA_MAX: "2" });
});

it.each(["MALLOC_ARENA_MAX", "MALLOC_TRIM_THRESHOLD_", "GLIBC_TUNABLES", "LD_PRELOAD"])(
  "tells malloc nothing when %s is set",
  (name) => {
    const env = serverEnvironment({ [name]: "8" });
    expect(Object.keys(env).sort()).toEqual([name, "NODE_COMPILE_CACHE"].sort());
  },
);

it("keeps what Node compiles between two starts, where the operator wants it", () => {
  expect(serverEnvironment({}).NODE_COMPILE_CACHE).toMatch(/\.cache\/compiled$/);
  expect(serverEnvironment({ NODE_COMPILE_CACHE: "/own" }).NODE_COMPILE_CACHE).toBe("/own");
});
