import Link from "next/link";
import { useTranslations } from "next-intl";
import { versionHref } from "#components/api/paths.ts";
import { Badge } from "#components/ui/badge.tsx";
import { TableCell, TableRow } from "#components/ui/table.tsx";
import type { ListedWorkerWire } from "#lib/cluster/clusters-schema.ts";
import { CpuUse, MemoryUse } from "./use-of.tsx";

/** More models of one worker are told by their number. */
const MODELS_SHOWN = 3;

const FRAMEWORKS = [
  ["torch", "PyTorch"],
  ["tensorflow", "TensorFlow"],
  ["onnxruntime", "ONNX Runtime"],
  ["safetensors", "safetensors"],
  ["scikit_learn", "scikit-learn"],
  ["numpy", "NumPy"],
] as const;

export function WorkerRow(props: {
  worker: ListedWorkerWire;
  schedulerVersion: string | null;
  /** Whose it is then has to be said. */
  isOfSeveral: boolean;
}) {
  const t = useTranslations("cluster");
  const { worker, schedulerVersion } = props;
  const { versions, models } = worker;
  const isSkewed =
    schedulerVersion !== null &&
    versions.distributed !== undefined &&
    versions.distributed !== schedulerVersion;
  // Dask names a worker by its address unless somebody gave it a name.
  const about = [
    ...(worker.name !== "" && worker.name !== worker.address ? [worker.address] : []),
    ...(props.isOfSeveral ? [worker.scheduler_address] : []),
  ];
  const installed = FRAMEWORKS.flatMap(([key, name]) =>
    versions[key] === undefined ? [] : [`${name} ${versions[key]}`],
  );
  return (
    <TableRow>
      <TableCell className="min-w-56 max-sm:basis-full">
        <span className="font-medium [overflow-wrap:anywhere]">
          {worker.name || worker.address}
        </span>
        <p className="text-muted text-xs [overflow-wrap:anywhere]">{about.join(" · ")}</p>
      </TableCell>
      <TableCell>
        <Badge tone={worker.status === "running" ? "ok" : "warn"}>{worker.status}</Badge>
      </TableCell>
      <TableCell label={t("memory")}>
        <MemoryUse used={worker.memory_bytes} limit={worker.memory_limit_bytes} />
      </TableCell>
      <TableCell label={t("cpu")} className="whitespace-nowrap">
        <CpuUse percent={worker.cpu_percent} />{" "}
        <span className="text-muted text-xs">{t("threads", { threads: worker.threads })}</span>
      </TableCell>
      <TableCell className="min-w-40 text-xs max-sm:basis-full">
        {versions.python && `Python ${versions.python}`}
        {versions.distributed && (
          <>
            {" · "}
            <span className={isSkewed ? "text-warn" : undefined}>Dask {versions.distributed}</span>
            {isSkewed && <span className="sr-only"> ({t("skewed")})</span>}
          </>
        )}
        {installed.length > 0 && <p className="text-muted">{installed.join(" · ")}</p>}
      </TableCell>
      <TableCell className="min-w-36 max-sm:basis-full">
        {models.length === 0 && <span className="text-muted">–</span>}
        <ul>
          {models.slice(0, MODELS_SHOWN).map((held) => (
            <li key={`${held.model} ${held.version}`}>
              <Link
                href={versionHref(held.model, held.version)}
                prefetch={false}
                className="inline-flex min-h-target items-center hover:underline [overflow-wrap:anywhere]"
              >
                {held.model} {held.version}
              </Link>
              {held.state !== "ready" && (
                <span className="ml-1 text-muted text-xs">({held.state})</span>
              )}
            </li>
          ))}
        </ul>
        {models.length > MODELS_SHOWN && (
          <p className="text-muted text-xs">
            {t("andMore", { count: models.length - MODELS_SHOWN })}
          </p>
        )}
      </TableCell>
    </TableRow>
  );
}
