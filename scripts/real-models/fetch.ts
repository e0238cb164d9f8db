/** `npm run models:fetch`: brings the real models into .cache/real-models. */
import { REAL_MODELS_FOLDER } from "./catalog.ts";
import { fetchRealModels } from "./fetch-models.ts";

try {
  await fetchRealModels((line) => console.log(line));
  console.log(`The real models are in ${REAL_MODELS_FOLDER}`);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
