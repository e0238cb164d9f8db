import { join } from "node:path";
import type { Config } from "#lib/config/config.ts";
import { isRegistryError, RegistryError } from "#lib/errors.ts";
import { IDENTITY_KEY, TARGET_FOLDERS } from "#lib/storage/backup-layout.ts";
import { Thread } from "#lib/workers/thread.ts";
import { type BackupTarget, openTarget, type TargetSettings } from "./target.ts";

type Settings = Pick<Config, "storage" | "backup">;

/** What to do where each server would have a place of its own. */
export const SET_A_TARGET =
  'the models are in a bucket, and each server would keep backups in a folder of its own: set backup.target to a bucket, such as "s3://backups/registry", or to a folder that all servers share';

/** The place for backups that the configuration names. */
export class BackupTargets {
  readonly #settings: Settings;
  #known: { sealed: string; identity: Promise<string> } | null = null;

  constructor(settings: Settings) {
    this.#settings = settings;
  }

  /** Whether there are backups at all: what is kept in memory is lost in any case. */
  get isEnabled(): boolean {
    const { backupEnabled, driver } = this.#settings.storage;
    return backupEnabled && driver !== "memory" && this.#hasPlace;
  }

  /** Whether nothing but a place is missing for backups. */
  get isTargetMissing(): boolean {
    return this.#settings.storage.backupEnabled && !this.#hasPlace;
  }

  /** For people; holds no secret. null where backups have no place. */
  get name(): string | null {
    const { target } = this.#settings.backup;
    if (target.kind === "bucket") return `s3://${target.bucket}/${target.prefix}`;
    return this.#hasPlace ? this.#folder : null;
  }

  /** Where a backup goes and in which form, by which two processes tell whether they mean the same. */
  get place(): string {
    return `${this.name ?? "nowhere"}, ${this.isEncrypted ? "encrypted" : "not encrypted"}`;
  }

  /** null for a bucket. */
  get folder(): string | null {
    return this.#settings.backup.target.kind === "folder" ? this.#folder : null;
  }

  /** Whether the backups are in the folder of the models, and so on their disk. */
  get isBesideModels(): boolean {
    return this.#isOwnFolder && this.#settings.storage.driver !== "s3";
  }

  get isEncrypted(): boolean {
    return this.#settings.backup.passphrase !== null;
  }

  /** The caller closes it. With `forWriting` a new place is furnished. Throws `unavailable` and what storage throws. */
  async open(options: { forWriting: boolean }): Promise<BackupTarget> {
    return openTarget(await this.settings(options), options);
  }

  /** What a thread needs to open the same place. */
  async settings({ forWriting }: { forWriting: boolean }): Promise<TargetSettings> {
    if (!this.#hasPlace)
      throw new RegistryError("precondition_failed", `There are no backups: ${SET_A_TARGET}.`);
    const plain = { storage: this.#storage, isOwnFolder: this.#isOwnFolder, identity: null };
    const { passphrase } = this.#settings.backup;
    if (passphrase === null) return plain;
    const target = await openTarget(plain, { forWriting });
    try {
      const sealed = await findSealed(target);
      if (sealed) return { ...plain, identity: await this.#openIdentity(sealed, passphrase) };
      if (!forWriting)
        throw new RegistryError("not_found", `There are no encrypted backups in ${this.name}.`);
      const made = await inThread<{ identity: string; sealed: Uint8Array }>("create", {
        passphrase,
      });
      await target.storage.putDocument(IDENTITY_KEY, made.sealed);
      return { ...plain, identity: made.identity };
    } finally {
      await target.close();
    }
  }

  /** Deriving a key from a passphrase takes a second, so the key is remembered as long as it is that of the target. */
  #openIdentity(sealed: Uint8Array, passphrase: string): Promise<string> {
    const text = Buffer.from(sealed).toString("base64");
    if (this.#known?.sealed !== text) {
      const identity = inThread<string>("open", { sealed, passphrase });
      const known = { sealed: text, identity };
      this.#known = known;
      identity.catch(() => {
        if (this.#known === known) this.#known = null;
      });
    }
    return this.#known.identity;
  }

  /** The folder `<base_path>/backups`, since no target is set. */
  get #isOwnFolder(): boolean {
    const { target } = this.#settings.backup;
    return target.kind === "folder" && target.folder === null;
  }

  /** Servers that share a bucket share no folder, unless somebody names one. */
  get #hasPlace(): boolean {
    return !(this.#isOwnFolder && this.#settings.storage.driver === "s3");
  }

  get #folder(): string {
    const { backup, storage } = this.#settings;
    const folder = backup.target.kind === "folder" ? backup.target.folder : null;
    return folder ?? join(storage.basePath, "backups");
  }

  get #storage(): TargetSettings["storage"] {
    const { backup, storage } = this.#settings;
    const { target } = backup;
    if (target.kind === "folder")
      return { driver: "disk", basePath: this.#folder, folders: TARGET_FOLDERS };
    const s3 = { ...backup.s3, bucket: target.bucket, prefix: target.prefix };
    return { driver: "s3", basePath: storage.basePath, s3 };
  }
}

async function findSealed({ storage }: BackupTarget): Promise<Uint8Array | null> {
  try {
    return await storage.getDocument(IDENTITY_KEY);
  } catch (error) {
    if (isRegistryError(error) && error.code === "blob_not_found") return null;
    throw error;
  }
}

async function inThread<T>(kind: string, input: unknown): Promise<T> {
  const thread = new Thread("backup/identity-worker.ts", {});
  try {
    return await thread.call<T>(kind, input);
  } finally {
    await thread.end();
  }
}
