/** The enums and primitives that every room speaks: of the configuration, the readers, the wire and the pages. */
import { z } from "zod";
import { FRAMEWORKS } from "./frameworks.ts";

export const frameworkSchema = z.enum(FRAMEWORKS);
export const formatSchema = z.enum([
  "torch-zip",
  "torch-legacy",
  "torchscript",
  "safetensors",
  "onnx",
  "saved-model",
  "keras-v3",
  "hdf5",
  "tflite",
  "gguf",
  "pickle",
  "xgboost",
  "lightgbm",
  "numpy",
  "coreml",
  "tf-checkpoint",
  "torch-distributed",
  "unknown",
]);
export const verdictSchema = z.enum(["clean", "suspicious", "malicious", "unscannable", "pending"]);
export const stageSchema = z.enum(["none", "staging", "production", "archived"]);
export const visibilitySchema = z.enum(["public", "private"]);
export type FrameworkName = z.infer<typeof frameworkSchema>;
export type FormatName = z.infer<typeof formatSchema>;
export type VerdictName = z.infer<typeof verdictSchema>;
export type Stage = z.infer<typeof stageSchema>;

/** Whether a download may have a file of this verdict; a client accepts a risk by `accept_risk=true`. */
export function isServed(verdict: VerdictName, acceptRisk: boolean): boolean {
  return verdict === "clean" || (verdict === "suspicious" && acceptRisk);
}

export const timestamp = z.iso.datetime({ offset: true });
export const digest = z.string().regex(/^sha256:[0-9a-f]{64}$/);

/** A time that PostgreSQL and RFC 3339 can hold; an offset leads beyond either end. */
export const momentSchema = timestamp.refine((text) => {
  const year = new Date(text).getUTCFullYear();
  return year >= 1 && year <= 9999;
}, "must be in the years 1 to 9999");

/** Bytes; null is the configured quota. */
export const quotaSchema = z.int().min(0).nullable();

/** 64 KiB is plenty for a description; a longer text belongs into the model's README.md. */
export const DESCRIPTION_MAX_LENGTH = 65_536;
export const descriptionSchema = z.string().max(DESCRIPTION_MAX_LENGTH);
