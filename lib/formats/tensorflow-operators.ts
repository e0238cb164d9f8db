/** What a TensorFlow graph would reach for when it runs. */
import type { Finding } from "./contract.ts";

/** Operators that run Python, or read or write files that the graph names. */
const MALICIOUS_OPERATORS: ReadonlySet<string> = new Set([
  "ReadFile",
  "WriteFile",
  "PyFunc",
  "PyFuncStateless",
  "EagerPyFunc",
  "GeneratorDataset",
  "DebugIdentity",
  "DebugIdentityV2",
  "DebugIdentityV3",
]);

/** Operators that touch files, libraries or the network, which inference seldom has a reason for. */
const SUSPICIOUS_OPERATORS: ReadonlySet<string> = new Set([
  "MatchingFiles",
  "WholeFileReader",
  "WholeFileReaderV2",
  "TextLineReader",
  "TextLineReaderV2",
  "FixedLengthRecordReader",
  "FixedLengthRecordReaderV2",
  "TFRecordReader",
  "TFRecordReaderV2",
  "TextLineDataset",
  "TFRecordDataset",
  "FixedLengthRecordDataset",
  "FixedLengthRecordDatasetV2",
  "SaveDataset",
  "SaveDatasetV2",
  "LoadDataset",
  "DatasetToTFRecord",
  "ImmutableConst",
  "CreateSummaryFileWriter",
  "CreateSummaryDbWriter",
  "RemoteCall",
  "RpcCall",
  "RpcClient",
  "RpcServer",
  "DataServiceDataset",
  "DataServiceDatasetV2",
  "RegisterDataset",
]);

export function operatorFindings(file: string, operators: ReadonlySet<string>): Finding[] {
  const findings: Finding[] = [];
  for (const operator of [...operators].sort()) {
    const isMalicious = MALICIOUS_OPERATORS.has(operator);
    if (!isMalicious && !SUSPICIOUS_OPERATORS.has(operator)) continue;
    findings.push({
      severity: isMalicious ? "malicious" : "suspicious",
      code: "tensorflow_operator",
      detail: `The graph uses the operator ${operator}, which reaches beyond the model when it runs`,
      file,
    });
  }
  return findings;
}
