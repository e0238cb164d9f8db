import { randomBytes } from "node:crypto";
import type { Database } from "#lib/db/client.ts";

/** A random secret that all servers share; the first one that asks makes it. */
export async function sharedSecret(db: Database, name: string): Promise<string> {
  await db.sharedSecret.createMany({
    data: [{ name, value: new Uint8Array(randomBytes(32)) }],
    skipDuplicates: true,
  });
  const { value } = await db.sharedSecret.findUniqueOrThrow({ where: { name } });
  return Buffer.from(value).toString("hex");
}
