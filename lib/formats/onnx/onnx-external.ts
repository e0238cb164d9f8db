/**
 * External data (onnx/docs/ExternalData.md): `location` is a path relative to the model's folder. A
 * runtime opens it with its own rights, so a path that leaves the folder reads the victim's files.
 */

import { plainText } from "../bytes/window-reader.ts";
import { addFinding, type OnnxContext } from "./onnx-context.ts";

/** The path of the file that holds the values; what cannot be a sibling's name becomes a finding. */
export function externalFile(
  context: OnnxContext,
  shown: string,
  entries: readonly (readonly [string, string])[],
  sizeBytes: number,
  offset: number,
): string {
  const { reader } = context.walker;
  const locations = entries.filter(([key]) => key === "location").map(([, value]) => value);
  const location = locations.at(-1);
  if (location === undefined || location === "") {
    return reader.fail(`${shown} has external data without a location`);
  }
  const hostile = locations.find(leavesFolder);
  if (hostile !== undefined) {
    const where = plainText(hostile, 120);
    addFinding(
      context,
      "malicious",
      "onnx_external_path",
      `The ONNX model takes the values of ${shown} from outside its folder: ${where}`,
      offset,
    );
    return reader.path;
  }
  const path = siblingPath(reader.path, location);
  const sibling = context.siblings.get(path);
  if (sibling === undefined) {
    context.missing.add(path);
    return path;
  }
  checkRange(context, shown, entries, sizeBytes, { path, sizeBytes: sibling.sizeBytes });
  return path;
}

/** True for a path, or something like it, that leads out of the model's folder. */
export function leavesFolder(location: string): boolean {
  return (
    location.startsWith("/") ||
    location.startsWith("~") ||
    location.includes("\\") ||
    location.includes("\0") ||
    // A scheme or a drive letter: C:, file:, http:
    /^[A-Za-z][A-Za-z0-9+.-]*:/.test(location) ||
    location.split("/").includes("..")
  );
}

function siblingPath(modelPath: string, location: string): string {
  const folder = modelPath.slice(0, modelPath.lastIndexOf("/") + 1);
  const parts = location.split("/").filter((part) => part !== "" && part !== ".");
  return folder + parts.join("/");
}

function checkRange(
  { walker: { reader } }: OnnxContext,
  shown: string,
  entries: readonly (readonly [string, string])[],
  needed: number,
  sibling: { path: string; sizeBytes: number },
): void {
  const offset = decimal(entries, "offset") ?? 0;
  const length = decimal(entries, "length") ?? needed;
  if (Number.isNaN(offset) || Number.isNaN(length)) {
    reader.fail(`${shown} has an offset or a length that is not a number`);
  }
  if (length !== needed) reader.fail(`${shown} needs ${needed} bytes and has ${length}`);
  if (length > sibling.sizeBytes - offset) {
    const name = plainText(sibling.path, 200);
    reader.fail(`${shown} ends after the end of ${name}, which may be cut short`);
  }
}

function decimal(
  entries: readonly (readonly [string, string])[],
  name: string,
): number | undefined {
  const value = entries.findLast(([key]) => key === name)?.[1];
  if (value === undefined) return undefined;
  const number = /^\d{1,16}$/.test(value) ? Number(value) : Number.NaN;
  return Number.isSafeInteger(number) ? number : Number.NaN;
}
