/** The sessions, tokens, groups and grants of one account: for its owner, and for administrators. */
import { beforeAll, expect, it } from "vitest";
import { endOtherSessions, startSession } from "../../lib/accounts/sessions.ts";
import { provideServices } from "../../lib/server.ts";
import {
  callRoute,
  contextOf,
  makeAccount,
  makeToken,
  type TestAccount,
} from "../support/accounts.ts";
import { modelRegistry } from "../support/model-registry.ts";

const registry = modelRegistry({ MODEL_REGISTRY_API__AUTH_REQUIRED: "true" });
let admin: TestAccount;
let bruno: TestAccount;
let adminToken: string;
let brunosToken: string;

beforeAll(async () => {
  provideServices(registry.services);
  admin = await makeAccount(registry, "ada", "administrator");
  bruno = await makeAccount(registry, "bruno", "reader");
  adminToken = (await makeToken(registry, admin)).token;
  brunosToken = (await makeToken(registry, bruno)).token;
});

const begin = (account: TestAccount) =>
  startSession(contextOf(registry, account), account, "Mozilla/5.0");
const sessionsOf = async (token: string, query = "") =>
  (await callRoute("list_sessions", {}, { token, query })).body.items.map(
    ({ id }: { id: string }) => id,
  );

it("an administrator sees the sessions and tokens of one account, others do not", async () => {
  const [mine, his] = [await begin(admin), await begin(bruno)];
  const query = `user=${bruno.id}`;
  expect(await sessionsOf(adminToken, query)).toEqual([his.id]);
  expect(await sessionsOf(adminToken)).toEqual([mine.id]);
  const tokens = await callRoute("list_tokens", {}, { token: adminToken, query });
  expect(tokens.body.items).toHaveLength(1);
  expect(JSON.stringify(tokens.body)).not.toContain(brunosToken);
  for (const operation of ["list_sessions", "list_tokens"]) {
    const own = { token: brunosToken, query: `user=${admin.id}` };
    expect((await callRoute(operation, {}, own)).status, operation).toBe(403);
    const wrong = { token: adminToken, query: "user=bruno" };
    expect((await callRoute(operation, {}, wrong)).status, operation).toBe(400);
  }
});

it("all other sessions end at once, nobody else's do, and each end is written down", async () => {
  await begin(bruno);
  await begin(bruno);
  const before = await sessionsOf(brunosToken);
  const answer = await callRoute("end_other_sessions", {}, { token: brunosToken });
  expect(answer.body).toEqual({ ended: before.length });
  expect(await sessionsOf(brunosToken)).toEqual([]);
  expect(await sessionsOf(adminToken)).toHaveLength(1);
  const log = await callRoute(
    "list_audit",
    {},
    { token: adminToken, query: "action=session.ended" },
  );
  expect(log.body.total).toBe(before.length);
});

it("the session that asks stays", async () => {
  const [asking] = [await begin(bruno), await begin(bruno)];
  const credential = { kind: "session", id: asking.id, accountId: bruno.id } as const;
  const ctx = { ...contextOf(registry, bruno), credential };
  expect(await endOtherSessions(ctx)).toEqual({ ended: 1 });
  expect(await sessionsOf(brunosToken)).toEqual([asking.id]);
});

it("groups are told to their member, grants to the administrator who looks", async () => {
  const as = { token: adminToken };
  const group = await callRoute("create_group", {}, { ...as, body: { name: "vision" } });
  await callRoute("add_member", { id: group.body.id, account: bruno.id }, as);
  expect((await callRoute("get_me", {}, { token: brunosToken })).body.groups).toEqual(["vision"]);
  const rights = await callRoute("describe_permissions", { id: bruno.id }, as);
  expect(rights.body.grants).toEqual([]);
});
