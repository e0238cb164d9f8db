/** SARIF 2.1.0 (docs.oasis-open.org/sarif/sarif/v2.1.0), which code hosts and editors show. */
import type { Finding } from "../../../lib/formats/contract.ts";
import { findingWords } from "../../../lib/wire/finding-words.ts";
import { VERSION } from "../version.ts";
import type { ScanReport } from "./report.ts";

const SCHEMA =
  "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";
const LEVELS: Record<Finding["severity"], "error" | "warning" | "note"> = {
  malicious: "error",
  suspicious: "warning",
  unscannable: "warning",
  info: "note",
};

export function toSarif(report: ScanReport) {
  const found = report.files.flatMap(({ path, findings }) =>
    findings.map((finding) => ({ path, finding })),
  );
  const codes = [...new Set(found.map(({ finding }) => finding.code))].sort();
  return {
    $schema: SCHEMA,
    version: "2.1.0",
    runs: [
      {
        tool: {
          driver: {
            name: "model-registry scan",
            semanticVersion: VERSION,
            rules: codes.map(ruleOf),
          },
        },
        invocations: [
          {
            executionSuccessful: report.unreadable.length === 0,
            toolExecutionNotifications: report.unreadable.map(({ path, reason }) => ({
              level: "error",
              message: { text: `The file cannot be read: ${reason}` },
              locations: [{ physicalLocation: { artifactLocation: { uri: uriOf(path) } } }],
            })),
          },
        ],
        columnKind: "utf16CodeUnits",
        results: found.map(({ path, finding }) => ({
          ruleId: finding.code,
          ruleIndex: codes.indexOf(finding.code),
          level: LEVELS[finding.severity],
          message: { text: finding.detail },
          locations: [locationOf(path, finding)],
          properties: { verdict: finding.severity },
        })),
      },
    ],
  };
}

function ruleOf(code: string) {
  const words = findingWords(code, "en");
  if (words === null) return { id: code };
  return {
    id: code,
    shortDescription: { text: words.title },
    fullDescription: { text: words.risk },
    help: { text: words.remedy },
    properties: { tags: ["security"] },
  };
}

/** A place in a member is told as the member's, since SARIF counts bytes of the file itself. */
function locationOf(path: string, { file, offset }: Finding) {
  const artifactLocation = { uri: uriOf(path) };
  if (file === path) {
    const region = offset === undefined ? {} : { region: { byteOffset: offset } };
    return { physicalLocation: { artifactLocation, ...region } };
  }
  const member = { fullyQualifiedName: file, kind: "member" };
  return {
    physicalLocation: { artifactLocation },
    logicalLocations: [member],
    ...(offset !== undefined && { properties: { memberByteOffset: offset } }),
  };
}

/** A path as a reference of RFC 3986: relative ones count from where the command ran. */
function uriOf(path: string): string {
  const drive = /^([A-Za-z]):[/\\]/.exec(path);
  const parts = path.toWellFormed().split(drive ? /[/\\]/ : "/");
  const encoded = parts.map((part, at) => (drive && at === 0 ? part : encodeURIComponent(part)));
  const uri = encoded.join("/");
  return drive ? `file:///${uri}` : path.startsWith("/") ? `file://${uri}` : uri;
}
