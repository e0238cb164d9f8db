import type { ProtoWalker } from "../bytes/protobuf.ts";
import { plainText } from "../bytes/window-reader.ts";
import type { ByteSource, Finding, TensorFact } from "../contract.ts";
import { MAX_TENSORS } from "../tensor-facts.ts";

/** A thousand findings of one kind say no more than a few dozen. */
const MAX_FINDINGS = 50;
/** See `Finding.detail`. */
const MAX_DETAIL_CHARS = 300;

/** What is collected while one ONNX model is walked. */
export type OnnxContext = {
  walker: ProtoWalker;
  /** The version's other files by path: external weights are looked up here and nowhere else. */
  siblings: ReadonlyMap<string, ByteSource>;
  tensors: TensorFact[];
  /** Names of the files that external tensors need and the version lacks. */
  missing: Set<string>;
  findings: Finding[];
  /** What nodes use, by `operatorKey`, and where the first such node is. */
  operators: Map<string, number>;
  /** What the model's own functions define, each as `operatorKey`. */
  ownOperators: Set<string>;
};

/** Domain and name with a line feed between them. A domain that holds one itself is unknown anyway. */
export function operatorKey(domain: string, name: string): string {
  return `${domain}\n${name}`;
}

export function addTensor(context: OnnxContext, tensor: TensorFact): void {
  if (context.tensors.length >= MAX_TENSORS) {
    context.walker.reader.fail(`it has more than ${MAX_TENSORS} tensors`);
  }
  context.tensors.push(tensor);
}

export function addFinding(
  context: OnnxContext,
  severity: Finding["severity"],
  code: string,
  detail: string,
  offset?: number,
): void {
  if (context.findings.length >= MAX_FINDINGS) return;
  context.findings.push({
    severity,
    code,
    detail: plainText(detail, MAX_DETAIL_CHARS),
    file: context.walker.reader.path,
    ...(offset !== undefined && { offset }),
  });
}
