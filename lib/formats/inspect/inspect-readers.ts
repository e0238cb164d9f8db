/** All readers, in the order in which they are asked: magic numbers first, guesses by structure last. */

import type { FormatReader } from "../bytes/reader.ts";
import type { Format } from "../contract.ts";
import { isCoreml, readCoreml } from "../coreml/coreml.ts";
import type { FormatFacts } from "../format-facts.ts";
import { isGguf, readGguf } from "../gguf/gguf.ts";
import { isHdf5, readHdf5 } from "../keras/hdf5.ts";
import { isKeras, readKeras } from "../keras/keras.ts";
import { isLightgbm, readLightgbm } from "../lightgbm/lightgbm.ts";
import { isNumpy, readNumpy } from "../numpy/numpy.ts";
import { isOnnx, readOnnx } from "../onnx/onnx.ts";
import { pickleReader } from "../pickle/pickle-file.ts";
import { isSafetensors, readSafetensors } from "../safetensors.ts";
import { isSavedModel, readSavedModel } from "../tensorflow/saved-model.ts";
import {
  isCheckpointIndex,
  isMetaGraph,
  readCheckpointIndex,
  readMetaGraph,
} from "../tensorflow/tensorflow-checkpoint.ts";
import { isTflite, readTflite } from "../tensorflow/tflite.ts";
import { torchDistributedReader } from "../torch/torch-distributed.ts";
import { torchExportReader } from "../torch/torch-export.ts";
import { torchLegacyReader } from "../torch/torch-legacy.ts";
import { torchZipReader } from "../torch/torch-zip.ts";
import { torchScriptReader } from "../torch/torchscript.ts";
import { isXgboost, readXgboost } from "../xgboost/xgboost.ts";

/** A reader of a format that carries no pickles. */
function codeFree(
  format: Format,
  detect: FormatReader["detect"],
  read: (...args: Parameters<FormatReader["read"]>) => Promise<FormatFacts>,
): FormatReader {
  return {
    format,
    detect,
    read: async (file, siblings) => ({
      ...(await read(file, siblings)),
      globals: [],
      parsedToEnd: true,
      pickles: [],
    }),
  };
}

export const READERS: readonly FormatReader[] = [
  codeFree("gguf", isGguf, readGguf),
  codeFree("hdf5", isHdf5, readHdf5),
  codeFree("tflite", isTflite, readTflite),
  codeFree("lightgbm", isLightgbm, readLightgbm),
  codeFree("xgboost", isXgboost, readXgboost),
  codeFree("keras-v3", isKeras, readKeras),
  torchExportReader,
  torchScriptReader,
  torchZipReader,
  codeFree("numpy", isNumpy, readNumpy),
  torchLegacyReader,
  codeFree("safetensors", isSafetensors, readSafetensors),
  codeFree("coreml", isCoreml, readCoreml),
  codeFree("saved-model", isSavedModel, readSavedModel),
  codeFree("tf-checkpoint", isCheckpointIndex, readCheckpointIndex),
  codeFree("tf-checkpoint", isMetaGraph, readMetaGraph),
  codeFree("onnx", isOnnx, readOnnx),
  torchDistributedReader,
  pickleReader,
];
