import { visibleModels } from "#lib/access/visible-models.ts";
import type { Ctx } from "#lib/context.ts";
import type { DamagedBlobWire } from "../schema.ts";

const SHOWN = 100;
const FILES_SHOWN = 5;

/** The blobs that do not match their digest, the newest finding first, with some of the files that hold them. */
export async function listDamagedBlobs(ctx: Ctx): Promise<DamagedBlobWire[]> {
  const visible = visibleModels(ctx.actor);
  const rows = await ctx.db.blob.findMany({
    where: {
      damagedAt: { not: null },
      ...(visible.isAll ? {} : { files: { some: { version: { model: visible.where } } } }),
    },
    orderBy: [{ damagedAt: "desc" }, { digest: "asc" }],
    take: SHOWN,
    include: {
      files: {
        where: { version: { model: visible.where } },
        take: FILES_SHOWN,
        orderBy: { versionId: "desc" },
        include: { version: { select: { version: true, model: { select: { name: true } } } } },
      },
    },
  });
  return rows.map((row) => ({
    digest: `sha256:${row.digest}`,
    size_bytes: Number(row.sizeBytes),
    damaged_at: (row.damagedAt ?? ctx.now()).toISOString(),
    files: row.files.map(({ path, version }) => ({
      model: version.model.name,
      version: version.version,
      path,
    })),
  }));
}
