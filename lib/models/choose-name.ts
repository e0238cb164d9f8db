import type { TransactionClient } from "#lib/db/transaction.ts";
import { RegistryError } from "#lib/errors.ts";
import {
  derivedNames,
  type ExternalName,
  externalKeyOf,
  isModelName,
  SAME_NAME,
} from "./external-name.ts";
import { nameKey } from "./store.ts";

/** So many derived names are asked about at once; others have hardly ever the same beginning. */
const LOOK = 16;
const LOOKS_MAX = 64;

export type ChosenName = ExternalName & { name: string };

/**
 * The names of a model that clients of MLflow call `external`. The caller's insertion decides when two choose at once. Throws
 * `model_exists`, also where a name differs in its case alone: such names are one name here.
 */
export async function chooseName(
  tx: TransactionClient,
  external: string,
  except: bigint | null = null,
): Promise<ChosenName> {
  if (isModelName(external)) return { name: external, ...SAME_NAME };
  const externalKey = externalKeyOf(external);
  const holder = await tx.model.findUnique({ where: { externalKey }, select: { id: true } });
  if (holder !== null && holder.id !== except) throw nameTaken(external);
  const candidates = derivedNames(external);
  for (let look = 0; look < LOOKS_MAX; look += 1) {
    const names = Array.from({ length: LOOK }, () => candidates.next().value ?? "");
    const rows = await tx.model.findMany({
      where: {
        nameKey: { in: names.map(nameKey) },
        ...(except === null ? {} : { id: { not: except } }),
      },
      select: { nameKey: true },
    });
    const taken = new Set(rows.map((row) => row.nameKey));
    const name = names.find((candidate) => !taken.has(nameKey(candidate)));
    if (name !== undefined) return { name, externalName: external, externalKey };
  }
  throw nameTaken(external);
}

export function nameTaken(name: string): RegistryError {
  return new RegistryError(
    "model_exists",
    `A model named ${name} exists, or differs in case alone.`,
  );
}
