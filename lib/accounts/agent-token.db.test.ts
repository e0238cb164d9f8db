/** The token of the agent that a server starts. */
import { expect, it } from "vitest";
import { SYSTEM } from "#lib/access/actor.ts";
import { may } from "#lib/access/policy.ts";
import { READER } from "../../tests/support/actors.ts";
import { modelRegistry } from "../../tests/support/model-registry.ts";
import { renewAgentToken, revokeAgentToken } from "./agent-token.ts";
import { updateAccount } from "./update-account.ts";

const registry = modelRegistry({ MODEL_REGISTRY_API__AUTH_REQUIRED: "true" });
const system = () => registry.ctxFor(SYSTEM);
const renew = (previous: string | null = null) =>
  renewAgentToken(system(), { host: "here", previous });
const identify = async (token: string) =>
  registry.services.identify(new Headers({ Authorization: `Bearer ${token}` }));

it("reads all models and works as an agent, and nothing else; the one before is not valid any more", async () => {
  const first = await renew();
  const { actor } = await identify(first.token);
  expect(actor).toMatchObject({ kind: "service", name: "cluster-agent", models: null });
  const rights = [
    "cluster.agent",
    "model.read",
    "load.write",
    "model.write",
    "audit.read",
  ] as const;
  expect(rights.filter((right) => may({ actor }, right))).toEqual(["cluster.agent", "model.read"]);
  const second = await renew(first.id);
  await expect(identify(first.token)).rejects.toMatchObject({ code: "unauthenticated" });
  expect((await identify(second.token)).actor.id).toBe(actor.id);
  await revokeAgentToken(system(), second.id);
  await revokeAgentToken(system(), second.id);
  await expect(identify(second.token)).rejects.toMatchObject({ code: "unauthenticated" });
});

it("is made once by several servers that start together", async () => {
  const made = await Promise.all([renew(), renew(), renew()]);
  const actors = await Promise.all(made.map(({ token }) => identify(token)));
  expect(new Set(actors.map(({ actor }) => actor.id)).size).toBe(1);
});

it("is made by nobody else, and not for an account that an administrator has disabled", async () => {
  const reader = registry.ctxFor(READER);
  await expect(renewAgentToken(reader, { host: "x", previous: null })).rejects.toMatchObject({
    code: "forbidden",
  });
  const { actor } = await identify((await renew()).token);
  await updateAccount(system(), { id: actor.id, kind: "service", disabled: true });
  await expect(renew()).rejects.toMatchObject({ code: "forbidden" });
});
