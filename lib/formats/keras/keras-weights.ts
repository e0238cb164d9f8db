/** Keras's weights in HDF5, as Keras 2 (`model_weights/`) and Keras 3 (`layers/<name>/vars/<n>`) lay them out. */

import { plainText } from "../bytes/window-reader.ts";
import type { ByteSource, Finding, TensorFact } from "../contract.ts";
import { countParameters } from "../tensor-facts.ts";
import { readHdf5Tensors } from "./hdf5-tensors.ts";

/** Variables that `model.weights` does not have: the optimizer's, and the states of random generators. */
const TRAINING =
  /^(?:optimizer|optimizer_weights)\/|(?:^|\/)(?:seed_generator|_seed_generator)\/vars\/\d+$|(?:^|\/)seed_generator_state$/;
const KERAS_3 = /(?:^|\/)vars\/\d+$/;
const MODEL = "model_weights/";

export type KerasWeights = {
  tensors: TensorFact[];
  /** Null when the file uses a part of HDF5 that is not read here. */
  parameters: number | null;
  isKeras: boolean;
  findings: Finding[];
};

/** Throws `invalid_model_file` for a damaged file. */
export async function readKerasWeights(path: string, source: ByteSource): Promise<KerasWeights> {
  const { tensors: found, elsewhere } = await readHdf5Tensors(path, source);
  const findings = elsewhere.slice(0, 20).map((name): Finding => {
    const detail = `The HDF5 file takes ${plainText(name, 150)} from another file, which is opened with it`;
    return { severity: "suspicious", code: "hdf5_other_file", detail, file: path };
  });
  if (found === null) {
    const detail =
      "The HDF5 file uses a part of the format that is not read here, so its tensors are not listed";
    const finding = { severity: "info", code: "hdf5_not_listed", detail, file: path } as const;
    return { tensors: [], parameters: null, isKeras: false, findings: [...findings, finding] };
  }
  const tensors = found.map((tensor): TensorFact => {
    if (TRAINING.test(tensor.name)) return { ...tensor, group: "training" };
    const isModel = tensor.name.startsWith(MODEL);
    return isModel ? { ...tensor, name: tensor.name.slice(MODEL.length) } : tensor;
  });
  const isKeras = found.some(({ name }) => KERAS_3.test(name) || name.startsWith(MODEL));
  return { tensors, parameters: countParameters(tensors), isKeras, findings };
}
