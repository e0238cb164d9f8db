/** One backup with the configuration of the environment, and what it left, as a line of JSON: for volumes that only it sees. */
import { readdir } from "node:fs/promises";
import { SYSTEM } from "../../lib/access/actor.ts";
import { runBackup } from "../../lib/backup/run-backup.ts";
import { composeServices } from "../../lib/compose.ts";
import { loadConfig } from "../../lib/config/load-config.ts";
import { isRegistryError } from "../../lib/errors.ts";

const services = await composeServices(loadConfig(), { background: false });
const ctx = services.createContext({ requestId: null, address: null, actor: SYSTEM });
const { signal } = new AbortController();
const error = await runBackup(ctx, { signal, save: async () => undefined }).then(
  () => null,
  (thrown: unknown) => (isRegistryError(thrown) ? thrown.code : String(thrown)),
);
const files = await readdir(ctx.backups.folder ?? "", { recursive: true });
const manifests = files.filter((path) => path.endsWith("manifest.json")).length;
const temporary = files.filter((path) => /(^|\/)tmp-/.test(path)).length;
console.log(JSON.stringify({ error, manifests, temporary }));
await services.close();
