import { readFileSync } from "node:fs";
import { deflateSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { memorySource } from "#lib/formats/bytes/byte-source.ts";
import { inspectFiles } from "#lib/formats/inspect/inspect.ts";
import { fileOf } from "../../tests/support/hostile-bytes.ts";
import { scanFile } from "./scan-file.ts";

const fixture = (name: string) => readFileSync(new URL(`fixtures/${name}`, import.meta.url));
const scan = (bytes: Uint8Array, path = "model.pkl") =>
  scanFile({ path, source: memorySource(bytes) }, "unknown");
const latin1 = (text: string) => Buffer.from(text, "latin1");
const verdict = async (text: string) => (await scan(latin1(text))).verdict;

describe("what training and model selection write is clean", () => {
  it.each(
    `namespace.pt torch_version.pt path313.pkl grid.pkl halving.pkl randomized.pkl drawn.pkl frozen.pkl target.pkl
    select.pkl columns.pkl kernels.pkl scorer.pkl masked.pkl frame.pkl`.split(/\s+/),
  )("%s", async (name) => {
    expect(await scan(fixture(name), name)).toMatchObject({ verdict: "clean", findings: [] });
  });

  it.each([
    "model.joblib",
    ...["zlib", "gzip", "bz2", "xz", "lzma", "lz4"].map((of) => `model.${of}.joblib`),
  ])("%s, which is scikit-learn's", async (name) => {
    expect(await scan(fixture(name), name)).toMatchObject({ verdict: "clean", findings: [] });
    const facts = await inspectFiles([fileOf(name, fixture(name))]);
    expect(facts).toMatchObject({ framework: "sklearn", format: "pickle" });
    expect(facts.files[0]?.reading?.parsedToEnd).toBe(true);
  });
});

describe("what harms when it is called is not clean", () => {
  it.each(
    `numpy.memmap numpy.fromregex numpy.DataSource numpy.lib.npyio.NpzFile numpy.vectorize numpy.apply_along_axis
    numpy.frompyfunc sklearn.datasets._base.fetch_file sklearn.tree._export.export_graphviz sklearn.utils.parallel.Parallel
    sklearn.metrics._scorer._cached_call scipy.stats._continuous_distns.norm_gen pandas.core.frame.eval
    pandas.io.pickle.read_pickle scipy.io.loadmat logging.FileHandler torch.nn.modules.module.Module
    pyarrow.lib._restore_array catboost.core.Pool`.split(/\s+/),
  )("%s", async (full) => {
    const at = full.lastIndexOf(".");
    expect(await verdict(`c${full.slice(0, at)}\n${full.slice(at + 1)}\n(tR.`)).not.toBe("clean");
  });
});

describe("a distribution of SciPy, which runs a text of its state", () => {
  const GEN = "cscipy.stats._continuous_distns\nnorm_gen\n";
  const VECTORIZE = "cnumpy\nvectorize\n";
  it("is not clean with another text", async () => {
    expect((await scan(fixture("drawn_hostile.pkl"))).verdict).toBe("suspicious");
    const whole = fixture("drawn.pkl").toString("latin1");
    for (const [text, other] of [
      ["    return (low, high, ), loc, 1\n\ndef", "    return (low, h(), ), loc, 1\n\ndef"],
      ["def _parse_args(self, low, high,", "def _parse_args(self, low, hi=x,"],
      ["moment_tol", "_argcheck_"],
    ] as const) {
      expect(whole).toContain(text);
      expect(await verdict(whole.replace(text, other))).not.toBe("clean");
    }
  });
  it.each([
    ["without a state", `${GEN})\x81.`],
    ["with a state that is no dictionary", `${GEN})\x81ccollections\nOrderedDict\n)Rb.`],
    ["with a plain state and then another", `${GEN})\x81}b}S'_attach_methods'\nNsb.`],
    ["with a method that is called", `cbuiltins\ngetattr\n(${GEN})\x81}bS'_entropy'\ntR)R.`],
    ["beside a method of something else", `(${GEN})\x81}bcbuiltins\ngetattr\n(]S'pop'\ntRl.`],
    ["beside a function to be called", `(${GEN})\x81}b${VECTORIZE}(cnumpy\nmean\ntRl.`],
  ])("is not clean %s", async (_, text) => {
    expect(await verdict(text)).not.toBe("clean");
  });
  it("is clean with the state that SciPy writes", async () => {
    expect(await verdict(`${GEN})\x81}S'name'\nS'norm'\nsb.`)).toBe("clean");
  });
});

describe("binding a function or a method", () => {
  const PARTIAL = "cfunctools\npartial\n";
  const GETATTR = "cbuiltins\ngetattr\n";
  const OBJECT = "ccollections\nOrderedDict\n(tR";

  it.each(["partial.pkl", "bound_method.pkl"])("%s is suspicious, with words", async (name) => {
    const { verdict: found, findings } = await scan(fixture(name), name);
    expect(found).toBe("suspicious");
    expect(findings[0]?.detail).toMatch(/^The pickle binds a (function|method)/);
  });

  it.each([
    ["of a named function", `(${PARTIAL}(cnumpy\nmean\ntRl.`],
    ["of an object's method", `(${GETATTR}(${OBJECT}S'items'\ntRl.`],
    ["of a bound method", `(${PARTIAL}(${GETATTR}(${OBJECT}S'items'\ntRtRl.`],
  ])("%s is suspicious", async (_name, text) => {
    expect(await verdict(text)).toBe("suspicious");
  });

  it.each([
    ["a partial of an executor", `${PARTIAL}(cos\nsystem\nS'true'\ntR.`],
    ["a partial of getattr", `${PARTIAL}(${GETATTR}tR.`],
    ["a partial that is called", `${PARTIAL}(cnumpy\nmean\ntR(tR.`],
    ["a partial of what is computed", `${PARTIAL}(${OBJECT}tR.`],
    ["a partial whose state has another function", `${PARTIAL}(cnumpy\nmean\ntR(${OBJECT}(t}Ntb.`],
    [
      "a partial handed to a function",
      `ctorch._tensor\n_rebuild_from_type_v2\n(${PARTIAL}(cnumpy\nmean\ntRtR.`,
    ],
    ["partial itself as data", `(${PARTIAL}(cnumpy\nmean\ntR${PARTIAL}l.`],
    [
      "partial itself, handed over",
      `ctorch._tensor\n_rebuild_from_type_v2\n(${PARTIAL}cnumpy\nmean\n(t}tR.`,
    ],
    ["partial as the result", `${PARTIAL}.`],
    ["getattr of a class", `${GETATTR}(ccollections\nOrderedDict\nS'fromkeys'\ntR.`],
    ["getattr of a module's function", `${GETATTR}(cnumpy\nmean\nS'x'\ntR.`],
    ["getattr of a dunder", `${GETATTR}(${OBJECT}S'__class__'\ntR.`],
    ["getattr of a path", `${GETATTR}(${OBJECT}S'items.__globals__'\ntR.`],
    ["getattr of a frame", `${GETATTR}(${OBJECT}S'gi_frame'\ntR.`],
    ["getattr of a computed name", `${GETATTR}(${OBJECT}cbuiltins\nstr\n(S'x'\ntRtR.`],
    ["getattr of getattr", `${GETATTR}(${GETATTR}(${OBJECT}S'items'\ntRS'x'\ntR.`],
    ["getattr that is called", `${GETATTR}(${OBJECT}S'items'\ntR(tR.`],
    ["getattr whose result is changed", `${GETATTR}(${OBJECT}S'items'\ntR}b.`],
    ["getattr with a default", `${GETATTR}(${OBJECT}S'items'\nNtR.`],
    ["getattr by OBJ", `(${GETATTR}${OBJECT}S'__class__'\no.`],
    ["getattr by INST", `(${OBJECT}S'__class__'\nibuiltins\ngetattr\n.`],
    ["reduce", `cfunctools\nreduce\n(cnumpy\nadd\n(ltR.`],
    ["attrgetter", `coperator\nattrgetter\n(S'items'\ntR.`],
  ])("%s is malicious", async (_name, text) => {
    expect(await verdict(text)).toBe("malicious");
  });
});

describe("joblib's arrays in the stream hide nothing", () => {
  const WRAPPER = "cjoblib.numpy_pickle\nNumpyArrayWrapper\n";
  const dtype = (code: string) => `cnumpy\ndtype\n(S'${code}'\ntR`;
  const state = (shape: string, code: string) =>
    `(dS'dtype'\n${dtype(code)}sS'shape'\n(${shape}tsb`;
  const PAYLOAD = "cos\nsystem\n(S'true'\ntR.";

  it("an array is jumped over", async () => {
    expect(await verdict(`\x80\x02${WRAPPER})\x81${state("I3\n", "u1")}\xff\xff\xff.`)).toBe(
      "clean",
    );
  });

  it.each([
    ["a payload after an array", `${WRAPPER})\x81${state("I3\n", "u1")}abc0${PAYLOAD}`],
    [
      "a payload as an array, for others than joblib",
      `${WRAPPER})\x81${state("I21\n", "u1")}0${PAYLOAD}`.concat("N."),
    ],
    [
      "a payload in an array of objects",
      `${WRAPPER})\x81${state("I1\n", "O8")}\x80\x02${PAYLOAD}.`,
    ],
    [
      "a payload after an array that says its shape twice",
      `${WRAPPER})\x81(dS'dtype'\n${dtype("u1")}sS'shape'\n(I99\ntsS'shape'\n(I1\ntsbx0${PAYLOAD}`,
    ],
  ])("%s is malicious", async (_name, text) => {
    expect(await verdict(`\x80\x02${text}`)).toBe("malicious");
    expect((await scan(deflateSync(latin1(`\x80\x02${text}`)))).verdict).toBe("malicious");
  });

  it.each([
    [
      "whose size is computed",
      `${WRAPPER})\x81(dS'dtype'\n${dtype("u1")}sS'shape'\ncbuiltins\ntuple\n(tRsb.`,
    ],
    ["of an unknown type", `${WRAPPER})\x81${state("I1\n", "zz")}x.`],
    [
      "whose wrapper is made in a roundabout way",
      `ctorch._tensor\n_rebuild_from_type_v2\n(${WRAPPER}${WRAPPER}(t}tR${state("I1\n", "u1")}B\x30\0\0\0x.`,
    ],
  ])("an array %s is not followed further", async (_name, text) => {
    expect(await verdict(`\x80\x02${text}`)).toBe("unscannable");
  });
});
