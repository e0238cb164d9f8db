/** The version of the framework that wrote a model, where its bytes say it. */
import type { Framework } from "#lib/wire/frameworks.ts";
import { releaseOf } from "#lib/wire/version-range.ts";

/** Builds and dates make versions long: `2.6.0a0+gitabcdef.d20260101`. */
const MAX_CHARS = 64;

/** The facts that say it, the model's own before those of the program that packed it. */
const FACTS: Readonly<Partial<Record<Framework, readonly string[]>>> = {
  pytorch: ["torch_version", "mlflow.pytorch_version"],
  tensorflow: ["tensorflow_version", "mlflow.tensorflow_version"],
  keras: ["keras_version", "mlflow.keras_version"],
  onnx: ["mlflow.onnx_version"],
  sklearn: ["sklearn_version", "mlflow.sklearn_version"],
};

/** Null where the bytes do not say it, or say what is no version. */
export function frameworkVersionOf(facts: {
  framework: Framework;
  producer: Readonly<Record<string, string>>;
}): string | null {
  for (const name of FACTS[facts.framework] ?? []) {
    const version = Object.hasOwn(facts.producer, name) ? facts.producer[name] : undefined;
    if (version === undefined || version.length > MAX_CHARS) continue;
    if (releaseOf(version) !== null) return version;
  }
  return null;
}
