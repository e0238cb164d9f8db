/**
 * What TensorFlow's operators reach for. The registry of TensorFlow says which operators there are; that an operator is
 * stateful there says nothing (ReadFile is not), so the groups are made by hand.
 */
import known from "../data/tensorflow-operators.json" with { type: "json" };

export type Reach = "reads" | "writes" | "network" | "native" | "python" | "checkpoint" | "stops";

/** Names without `Experimental` before and the number of a later version behind. */
const GROUPS: Readonly<Record<Exclude<Reach, "checkpoint">, string>> = {
  reads: `ReadFile MatchingFiles MatchingFilesDataset WholeFileReader TextLineReader FixedLengthRecordReader
    TFRecordReader LMDBReader RecordInput TextLineDataset TFRecordDataset FixedLengthRecordDataset CSVDataset
    LMDBDataset SqlDataset LoadAndRemapMatrix GenerateVocabRemapping Skipgram LoadDataset ListSnapshotChunksDataset
    SnapshotDatasetReader SnapshotNestedDatasetReader SnapshotChunkDataset ImmutableConst DatasetFromGraph`,
  writes: `WriteFile SaveDataset DatasetToTFRecord SnapshotDataset CacheDataset DumpTensor CalibrationStatisticsSaver
    CreateSummaryFileWriter CreateSummaryDbWriter ImportEvent WriteSummary WriteRawProtoSummary WriteScalarSummary
    WriteHistogramSummary WriteImageSummary WriteAudioSummary WriteGraphSummary DistributedSave`,
  network: `RpcServer RpcServerStart RpcServerRegister RpcClient RpcCall RpcCheckStatus RpcGetValue DataServiceDataset
    RegisterDataset RemoteCall DebugIdentity DebugNanCount DebugNumericSummary Send Recv FileSystemSetConfiguration
    ConfigureDistributedTPU`,
  native: "XlaCustomCall XlaCallModule RemoteFusedGraphExecute",
  python: "PyFunc PyFuncStateless EagerPyFunc GeneratorDataset",
  stops: "Abort",
};
/** Families of operators, of which each version of TensorFlow has others. */
const FAMILIES: readonly (readonly [RegExp, Reach])[] = [
  [/^_(?:Host)?(?:Send|Recv)$/, "network"],
  [/^Collective/, "network"],
  [/^_?XlaHostCompute/, "native"],
  [/^_?TPU(?:Compile|Execute|PartitionedCall)/, "native"],
];
const REACH: ReadonlyMap<string, Reach> = new Map(
  Object.entries(GROUPS).flatMap(([reach, names]) =>
    names
      .trim()
      .split(/\s+/)
      .map((name) => [name, reach as Reach] as const),
  ),
);
/** Every SavedModel has these, for those who save it again. */
const CHECKPOINT =
  /^(?:Save|Restore)(?:V\d+)?$|^DTensorRestoreV\d+$|^MergeV2Checkpoints$|^SaveSlices$|^RestoreSlice$/;

/** Of these alone inference never has an honest use. */
const MALICIOUS: ReadonlySet<string> = new Set(
  "ReadFile WriteFile PyFunc PyFuncStateless EagerPyFunc GeneratorDataset DebugIdentity".split(" "),
);

/** Attributes that name a file or an address, and what they are in a plain model. */
const PLACES: Readonly<Record<string, readonly [attribute: string, plain: RegExp, Reach]>> = {
  PrintV2: ["output_stream", /^(?:stderr|stdout|log\(\w+\))$/, "writes"],
  DecodeProtoV2: ["descriptor_source", /^(?:local:\/\/|bytes:\/\/.*)?$/s, "reads"],
  EncodeProto: ["descriptor_source", /^(?:local:\/\/|bytes:\/\/.*)?$/s, "reads"],
  FixedUnigramCandidateSampler: ["vocab_file", /^$/, "reads"],
};

const REGISTERED: ReadonlySet<string> = new Set(known.names.split(" "));

/** Names of those that reach beyond the model wherever they are, as in `GROUPS`. */
export function listedOperators(): string[] {
  return [...REACH.keys()];
}

export function isRegistered(operator: string): boolean {
  return REGISTERED.has(operator);
}

/** Null for an operator that only computes. */
export function reachOf(operator: string): Reach | null {
  if (CHECKPOINT.test(operator)) return "checkpoint";
  const listed = REACH.get(plainName(operator));
  return listed ?? FAMILIES.find(([family]) => family.test(operator))?.[1] ?? null;
}

export function isMalicious(operator: string): boolean {
  return MALICIOUS.has(plainName(operator));
}

function plainName(operator: string): string {
  return operator.replace(/^Experimental/, "").replace(/V\d+$/, "");
}

/** What a file or an address in the node's attributes makes it do; null for a plain one. */
export function reachOfSettings(
  operator: string,
  settings: ReadonlyMap<string, string>,
): Reach | null {
  const [attribute = "", plain, reach] = PLACES[operator] ?? [];
  const value = settings.get(attribute);
  return plain === undefined || reach === undefined || value === undefined || plain.test(value)
    ? null
    : reach;
}
