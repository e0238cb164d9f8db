/** Every kind of file of which the scan promises a verdict, row by row. */
import { ARCHIVES } from "./archives.ts";
import type { AttackRow } from "./attack.ts";
import { GRAPHS } from "./graphs.ts";
import { PICKLES } from "./pickles.ts";
import { REPOSITORY } from "./repository.ts";
import { WEIGHTS } from "./weights.ts";

export const ATTACK_ROWS: readonly AttackRow[] = [
  ...PICKLES,
  ...ARCHIVES,
  ...GRAPHS,
  ...WEIGHTS,
  ...REPOSITORY,
];

/** Files of lib/formats/fixtures that real programs wrote and that must be clean. */
export const CLEAN_FIXTURES: readonly string[] =
  `state_dict.pth legacy.pt mixed.pt checkpoint.tar scripted.pt sklearn.pkl tree_protocol2.pkl sklearn.joblib
  tree_compressed.joblib array.npy arrays.npz plain.h5 plain.keras checkpoints/optimizer.pt checkpoints/training.pt
  readers/xgboost.ubj readers/xgboost.json readers/Q1_0.gguf readers/trained.keras readers/defaultdict.pt
  tflite/int8.tflite`.split(/\s+/);
