import { assertMay } from "#lib/access/policy.ts";
import { visibleModels } from "#lib/access/visible-models.ts";
import type { Ctx } from "#lib/context.ts";
import { RegistryError } from "#lib/errors.ts";
import type { BlobWire, KeptReason } from "../schema.ts";
import { CLAIM_GRACE_MS, isClaimed } from "../unheld.ts";

/** A longer list would explain no more. */
const SHOWN = 100;

/** The facts of a blob, and everything that keeps it. Throws `blob_not_found`. */
export async function explainBlob(ctx: Ctx, { digest }: { digest: string }): Promise<BlobWire> {
  assertMay(ctx, "storage.read");
  const visible = visibleModels(ctx.actor);
  const sha256 = digest.replace(/^sha256:/, "");
  const blob = await ctx.db.blob.findUnique({ where: { digest: sha256 } });
  if (blob === null) throw notFound(digest);
  const [files, uploads, dependents, sources, claimed] = await Promise.all([
    ctx.db.file.findMany({
      where: { digest: sha256, version: { model: visible.where } },
      include: { version: { include: { model: { select: { name: true, deletedAt: true } } } } },
      orderBy: [{ versionId: "asc" }, { position: "asc" }],
      take: SHOWN,
    }),
    ctx.db.upload.findMany({
      where: { digest: sha256 },
      orderBy: { expiresAt: "desc" },
      take: SHOWN,
    }),
    ctx.db.blobSource.findMany({ where: { sourceDigest: sha256 }, take: SHOWN }),
    ctx.db.blobSource.findMany({ where: { digest: sha256 }, take: SHOWN }),
    ctx.db.$queryRaw<unknown[]>`
      select 1 from blob where digest = ${sha256} and ${isClaimed(CLAIM_GRACE_MS)}`,
  ]);
  // An actor learns of no model that it may not see, not even that it holds these bytes.
  const isHidden = async () =>
    visible.kind === "confined" || (await ctx.db.file.count({ where: { digest: sha256 } })) > 0;
  if (files.length === 0 && !visible.isAll && (await isHidden())) throw notFound(digest);
  const retention = ctx.config.storage.trashRetentionMs;
  const reasons: KeptReason[] = files.map(({ path, version }) => {
    const trashedAt = version.model.deletedAt ?? version.deletedAt;
    const where = { model: version.model.name, version: version.version, path };
    return trashedAt === null
      ? { kind: "version", ...where }
      : { kind: "trash", ...where, until: later(trashedAt, retention) };
  });
  for (const { expiresAt } of uploads)
    reasons.push({ kind: "upload", until: expiresAt.toISOString() });
  for (const row of dependents) reasons.push({ kind: "dependent", digest: `sha256:${row.digest}` });
  if (claimed.length > 0)
    reasons.push({ kind: "claim", until: later(blob.claimedAt, CLAIM_GRACE_MS) });
  return {
    digest: `sha256:${sha256}`,
    size_bytes: Number(blob.sizeBytes),
    stored_bytes: Number(blob.storedBytes),
    encoding: blob.encoding as BlobWire["encoding"],
    compression: blob.compression as BlobWire["compression"],
    created_at: blob.createdAt.toISOString(),
    verified_at: blob.verifiedAt?.toISOString() ?? null,
    damaged_at: blob.damagedAt?.toISOString() ?? null,
    kept_by: reasons.sort((a, b) => RANK[a.kind] - RANK[b.kind]).slice(0, SHOWN),
    sources: sources.map((row) => `sha256:${row.sourceDigest}`),
  };
}

function notFound(digest: string): RegistryError {
  return new RegistryError("blob_not_found", `There is no blob with the digest ${digest}.`);
}

const RANK: Record<KeptReason["kind"], number> = {
  version: 0,
  trash: 1,
  upload: 2,
  dependent: 3,
  claim: 4,
};

const later = (at: Date, ms: number) => new Date(at.getTime() + ms).toISOString();
