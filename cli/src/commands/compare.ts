import { EXIT } from "../exit-codes.ts";
import { Failure } from "../failure.ts";
import { modelPath } from "../http/paths.ts";
import type { Colour, Output } from "../terminal/output.ts";
import { printable } from "../terminal/printable.ts";
import { type Comparison, comparisonSchema } from "../wire.ts";
import type { Commands } from "./commands.ts";

type Kind = "added" | "removed" | "changed";
type Section = Record<Kind, string[]> & { title: string; unnamed: number };
type Options = { exitCode?: boolean };

const KINDS: readonly { kind: Kind; sign: string; colour: Colour }[] = [
  { kind: "added", sign: "+", colour: "green" },
  { kind: "removed", sign: "-", colour: "red" },
  { kind: "changed", sign: "~", colour: "yellow" },
];

export function addCompare({ t, add, act }: Commands): void {
  const command = add("compare <model> <from> <to>", "compare.about").option(
    "--exit-code",
    t("compare.exitCode"),
  );
  act<Options>(command, async (run, { exitCode }, [model = "", from = "", to = ""]) => {
    const registry = await run.registry();
    const comparison = await registry.json(
      { method: "GET", path: `${modelPath(model)}/compare`, query: { from, to } },
      comparisonSchema,
    );
    const { problems } = comparison.signature;
    const lines = [
      ...sectionsOf(comparison, t).flatMap((section) => describe(run.out, section, t)),
      ...(problems.length === 0 ? [] : [run.out.paint("bold", t("compare.signature"))]),
      ...problems.map((problem) => run.out.paint("yellow", `! ${printable(problem)}`)),
    ];
    run.out.result(comparison, () => lines);
    if (lines.length === 0) run.say(t("compare.same"));
    else if (exitCode) throw new Failure(EXIT.failed, t("compare.different"));
  });
}

function sectionsOf(
  { files, tensors, metadata }: Comparison,
  t: Commands["t"],
): readonly Section[] {
  const names = (things: readonly { name: string }[]) => things.map(({ name }) => name);
  const paths = (things: readonly { path: string }[]) => things.map(({ path }) => path);
  const listed = tensors.added.length + tensors.removed.length + tensors.changed.length;
  const { counts } = tensors;
  return [
    {
      title: t("compare.files"),
      added: paths(files.added),
      removed: paths(files.removed),
      changed: paths(files.changed),
      unnamed: 0,
    },
    {
      title: t("compare.tensors"),
      added: names(tensors.added),
      removed: names(tensors.removed),
      changed: names(tensors.changed),
      // The registry names so many of a list at most, and counts them all.
      unnamed: counts.added + counts.removed + counts.changed - listed,
    },
    {
      title: t("compare.metadata"),
      added: Object.keys(metadata.added),
      removed: Object.keys(metadata.removed),
      changed: Object.keys(metadata.changed),
      unnamed: 0,
    },
  ];
}

function describe(out: Output, section: Section, t: Commands["t"]): string[] {
  const lines = KINDS.flatMap(({ kind, sign, colour }) =>
    section[kind].map((name) => out.paint(colour, `${sign} ${printable(name)}`)),
  );
  if (section.unnamed > 0) lines.push(t("compare.more", { count: section.unnamed }));
  return lines.length === 0 ? [] : [out.paint("bold", section.title), ...lines];
}
