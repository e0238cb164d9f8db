import { SYSTEM } from "../../lib/access/actor.ts";
import { ensureAdministrator } from "../../lib/accounts/first-administrator.ts";
import type { Services } from "../../lib/compose.ts";
import { getInstanceInfo } from "../../lib/server.ts";
import { say } from "./say.ts";

/** Who may use the server, and how somebody becomes its first administrator. */
export async function tellAccess(services: Services, address: string): Promise<void> {
  if (!services.config.api.authRequired) {
    const { openToNetwork } = getInstanceInfo();
    if (!openToNetwork) return;
    say(
      "Warning",
      "accounts are off: whoever reaches this server may do everything (api.auth_required)",
    );
    services.log.warn(
      { operation: "start" },
      "accounts are off, and the server listens beyond this machine",
    );
    return;
  }
  const system = services.createContext({ requestId: null, address: null, actor: SYSTEM });
  const found = await ensureAdministrator(system);
  if (found.kind === "created") say("Accounts", `the administrator ${found.name} was made`);
  if (found.kind !== "link") return;
  const { url, expires_at: until } = found.link;
  say("Accounts", `nobody is administrator yet; this link makes one, once, until ${until}:`);
  say("", url.startsWith("/") ? address + url : url);
}
