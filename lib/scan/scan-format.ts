/** Models inside of containers: their own readers say which of them carry code. */
import { isRegistryError } from "#lib/errors.ts";
import { ProtoWalker } from "#lib/formats/bytes/protobuf.ts";
import { HEAD_BYTES } from "#lib/formats/bytes/reader.ts";
import { WindowReader } from "#lib/formats/bytes/window-reader.ts";
import type { ByteSource, Finding, SourceFile } from "#lib/formats/contract.ts";
import { isGguf, readGguf } from "#lib/formats/gguf/gguf.ts";
import { isHdf5, readHdf5 } from "#lib/formats/keras/hdf5.ts";
import { isKeras, readKeras } from "#lib/formats/keras/keras.ts";
import { isOnnx, readOnnx } from "#lib/formats/onnx/onnx.ts";
import { isSavedModel } from "#lib/formats/tensorflow/saved-model.ts";
import { isMetaGraph } from "#lib/formats/tensorflow/tensorflow-checkpoint.ts";
import { isTflite, readTensorflowOperators } from "#lib/formats/tensorflow/tflite.ts";
import type { ScanContext } from "./scan-context.ts";
import { judgeMetaGraph, judgeOperatorNames } from "./tensorflow/judge-graph.ts";
import { readMetaGraphFile, readSavedModel } from "./tensorflow/meta-graph.ts";

type FormatScan = {
  detect: (head: Uint8Array, source: ByteSource) => boolean | Promise<boolean>;
  findings: (file: SourceFile) => Promise<readonly Finding[]>;
  /** True when a part of the model may lie in another file: a missing part then says nothing. */
  hasParts?: boolean;
};

const SCANS: readonly FormatScan[] = [
  { detect: isGguf, findings: async (file) => (await readGguf(file)).findings },
  { detect: isHdf5, findings: async (file) => (await readHdf5(file)).findings },
  { detect: isKeras, findings: async (file) => (await readKeras(file)).findings },
  {
    detect: isOnnx,
    findings: async (file) => (await readOnnx(file, new Map())).findings,
    hasParts: true,
  },
  { detect: isTflite, findings: (file) => tfliteFindings(file) },
  { detect: isSavedModel, findings: (file) => savedModelFindings(file) },
  { detect: isMetaGraph, findings: (file) => metaGraphFindings(file) },
];

export async function scanFormat(
  context: ScanContext,
  source: ByteSource,
  where: string,
): Promise<void> {
  const head = await source.read(0, Math.min(HEAD_BYTES, source.sizeBytes));
  for (const { detect, findings, hasParts } of SCANS) {
    if (!(await detect(head, source))) continue;
    try {
      context.findings.push(...(await findings({ path: where, source })));
    } catch (error) {
      if (!isRegistryError(error) || error.status >= 500) throw error;
      if (!hasParts) context.add("unscannable", "unreadable", error.detail, where);
    }
    return;
  }
}

/** Findings of a file that a reader knows as TensorFlow's or TensorFlow Lite's. Throws `invalid_model_file`. */
export async function scanTensorflow(context: ScanContext, file: SourceFile): Promise<void> {
  const head = await file.source.read(0, Math.min(HEAD_BYTES, file.source.sizeBytes));
  if (isTflite(head)) {
    context.findings.push(...(await tfliteFindings(file)));
  } else if (await isSavedModel(head, file.source)) {
    context.findings.push(...(await savedModelFindings(file)));
  } else if (await isMetaGraph(head, file.source)) {
    context.findings.push(...(await metaGraphFindings(file)));
  }
}

async function tfliteFindings(file: SourceFile): Promise<Finding[]> {
  return judgeOperatorNames(await readTensorflowOperators(file), file.path);
}

async function savedModelFindings(file: SourceFile): Promise<Finding[]> {
  const graphs = await readSavedModel(walkerOf(file), file.source.sizeBytes);
  return graphs.flatMap((graph) => judgeMetaGraph(graph, file.path));
}

async function metaGraphFindings(file: SourceFile): Promise<Finding[]> {
  const graph = await readMetaGraphFile(walkerOf(file), file.source.sizeBytes);
  return judgeMetaGraph(graph, file.path);
}

function walkerOf(file: SourceFile): ProtoWalker {
  return new ProtoWalker(new WindowReader(file, "TensorFlow graph"));
}
