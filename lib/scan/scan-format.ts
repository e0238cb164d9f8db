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
import {
  readGraphOperators,
  readMetaGraphFile,
  readSavedModelGraph,
} from "#lib/formats/tensorflow/saved-model-graph.ts";
import { isMetaGraph } from "#lib/formats/tensorflow/tensorflow-checkpoint.ts";
import { operatorFindings } from "#lib/formats/tensorflow/tensorflow-operators.ts";
import type { ScanContext } from "./scan-context.ts";

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
  {
    detect: isSavedModel,
    findings: async (file) =>
      operatorFindings(
        file.path,
        (await readSavedModelGraph(walkerOf(file), file.source.sizeBytes)).operators,
      ),
  },
  {
    detect: isMetaGraph,
    findings: async (file) =>
      operatorFindings(
        file.path,
        (await readMetaGraphFile(walkerOf(file), file.source.sizeBytes)).operators,
      ),
  },
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

/** A frozen graph of TensorFlow is a message like any other: only its operators say what it is. */
export async function graphFindings(source: ByteSource, where: string): Promise<Finding[]> {
  const file = { path: where, source };
  try {
    return operatorFindings(where, await readGraphOperators(walkerOf(file), source.sizeBytes));
  } catch (error) {
    if (!isRegistryError(error) || error.status >= 500) throw error;
    return [];
  }
}

function walkerOf(file: SourceFile): ProtoWalker {
  return new ProtoWalker(new WindowReader(file, "TensorFlow graph"));
}
