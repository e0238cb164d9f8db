/** What a TensorFlow graph would reach for when it runs. */
import type { Finding } from "../contract.ts";

/** Operators that run Python, or read or write files that the graph names. Without the number of a later version. */
const MALICIOUS_OPERATORS: ReadonlySet<string> = new Set(
  "ReadFile WriteFile PyFunc PyFuncStateless EagerPyFunc GeneratorDataset DebugIdentity".split(" "),
);

/** Operators that touch files, libraries or the network, which inference seldom has a reason for. */
const SUSPICIOUS_OPERATORS: ReadonlySet<string> = new Set(
  `MatchingFiles MatchingFilesDataset WholeFileReader TextLineReader FixedLengthRecordReader TFRecordReader LMDBReader
  RecordInput TextLineDataset TFRecordDataset FixedLengthRecordDataset CSVDataset LMDBDataset SqlDataset SaveDataset
  LoadDataset DatasetToTFRecord SnapshotDataset SnapshotDatasetReader SnapshotNestedDatasetReader SnapshotChunkDataset
  ListSnapshotChunksDataset CacheDataset ImmutableConst LoadAndRemapMatrix GenerateVocabRemapping DumpTensor
  CalibrationStatisticsSaver CreateSummaryFileWriter CreateSummaryDbWriter ImportEvent
  WriteSummary WriteRawProtoSummary WriteScalarSummary WriteHistogramSummary WriteImageSummary WriteAudioSummary
  WriteGraphSummary RemoteCall RpcCall RpcClient RpcServer RpcServerStart RpcServerRegister DataServiceDataset
  RegisterDataset DebugNanCount DebugNumericSummary FileSystemSetConfiguration XlaCustomCall`.split(
    /\s+/,
  ),
);

export function operatorFindings(file: string, operators: ReadonlySet<string>): Finding[] {
  const findings: Finding[] = [];
  for (const operator of [...operators].sort()) {
    const name = operator.replace(/^Experimental/, "").replace(/V\d+$/, "");
    const isMalicious = MALICIOUS_OPERATORS.has(name);
    if (!isMalicious && !SUSPICIOUS_OPERATORS.has(name)) continue;
    findings.push({
      severity: isMalicious ? "malicious" : "suspicious",
      code: "tensorflow_operator",
      detail: `The graph uses the operator ${operator}, which reaches beyond the model when it runs`,
      file,
    });
  }
  return findings;
}
