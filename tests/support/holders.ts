/** Every kind of credential that a route can be called with, and what the policy's table says that each may. */
import { randomUUID } from "node:crypto";
import { LEVELS, type Level, ROLES, type Role } from "../../lib/access/actor.ts";
import { PERMISSIONS, type Permission } from "../../lib/access/policy.ts";
import { makeAccount, makeToken, type TestAccount } from "./accounts.ts";
import type { ModelRegistry } from "./model-registry.ts";

/** What each kind of credential may: null for those that are none. */
export type Holder = { role: Role; on: Level | null; elsewhere: Level | null } | null;
export const HOLDERS: Record<string, Holder> = {
  anonymous: null,
  expired: null,
  revoked: null,
  "wrong audience": null,
  reader: { role: "reader", on: null, elsewhere: null },
  contributor: { role: "contributor", on: null, elsewhere: null },
  maintainer: { role: "maintainer", on: null, elsewhere: null },
  "other owner": { role: "reader", on: null, elsewhere: "owner" },
  guest: { role: "reader", on: "read", elsewhere: null },
  writer: { role: "reader", on: "write", elsewhere: null },
  owner: { role: "reader", on: "owner", elsewhere: null },
  administrator: { role: "administrator", on: null, elsewhere: null },
};

export class Holders {
  readonly #registry: ModelRegistry;
  readonly #tokens = new Map<string, string>();
  readonly #accounts = new Map<string, TestAccount>();

  constructor(registry: ModelRegistry) {
    this.#registry = registry;
  }

  /** Makes an account and a token for each kind. */
  async make(): Promise<void> {
    for (const [kind, holder] of Object.entries(HOLDERS)) {
      const name = kind.replace(" ", "-");
      const account = await makeAccount(this.#registry, name, holder?.role ?? "administrator");
      this.#accounts.set(kind, account);
      if (kind !== "anonymous") this.#tokens.set(kind, await this.#makeToken(kind, account));
    }
    await this.#registry.register("elsewhere");
    await this.#grant("elsewhere", "other owner", "owner");
  }

  tokenOf(kind: string): string | undefined {
    return this.#tokens.get(kind);
  }

  /** A model that is private or public, and on which everybody has the grant of HOLDERS. */
  async makeModel(visibility: "public" | "private"): Promise<string> {
    const name = `m-${randomUUID().slice(0, 8)}`;
    await this.#registry.register(name, undefined, { visibility });
    for (const [kind, holder] of Object.entries(HOLDERS))
      if (holder?.on) await this.#grant(name, kind, holder.on);
    return name;
  }

  async #makeToken(kind: string, account: TestAccount): Promise<string> {
    const { token, id } = await makeToken(this.#registry, account);
    const { jwts } = this.#registry.services.accounts;
    const claims = { sub: account.id, sid: id, jti: id };
    if (kind === "expired")
      return jwts.sign("api", { ...claims, expiresAt: new Date(Date.now() - 60_000) });
    if (kind === "wrong audience")
      return jwts.sign("refresh", { ...claims, expiresAt: new Date(Date.now() + 60_000) });
    if (kind === "revoked") {
      const data = { revokedAt: new Date() };
      await this.#registry.ctx.db.apiToken.update({ where: { id }, data });
      this.#registry.services.accounts.forget();
    }
    return token;
  }

  async #grant(model: string, kind: string, level: Level): Promise<void> {
    const { db } = this.#registry.ctx;
    const { id } = await db.model.findUniqueOrThrow({ where: { nameKey: model } });
    const accountId = this.#accounts.get(kind)?.id ?? "";
    await db.modelGrant.create({ data: { modelId: id, accountId, level, createdBy: "test" } });
    this.#registry.services.accounts.forget();
  }
}

/** The first refusal of the policy that fits, or `allowed`. `about` is whether the route is about the model of the test. */
export function expectedAnswer(
  permission: Permission | "public",
  holder: Holder,
  visibility: string,
  about: { isOfOneModel: boolean; isRegistration: boolean },
): string {
  if (permission === "public") return "allowed";
  if (holder === null) return "401 unauthenticated";
  const rule = PERMISSIONS[permission];
  const isAtLeast = (level: Level | null) =>
    level !== null && rule.level !== null && LEVELS.indexOf(level) >= LEVELS.indexOf(rule.level);
  const byRole = ROLES.indexOf(holder.role) >= ROLES.indexOf(rule.role);
  if (!byRole && !isAtLeast(holder.on) && !isAtLeast(holder.elsewhere)) return "403 forbidden";
  if (!about.isOfOneModel) return "allowed";
  const isHidden =
    visibility === "private" && holder.role !== "administrator" && holder.on === null;
  // A hidden model's name is not free: whoever registers under it is refused as by a name that is not allowed.
  if (isHidden) return about.isRegistration ? "403 forbidden" : `404 ${rule.hidden}`;
  return byRole || isAtLeast(holder.on) ? "allowed" : "403 forbidden";
}
