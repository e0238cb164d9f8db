/** Pickles of every protocol, opcode by opcode. */
import { type Attack, type AttackRow, attack, MALICIOUS, NOT_CLEAN } from "./attack.ts";

const PROTOCOLS = [0, 1, 2, 3, 4, 5] as const;
const CALLS = ["REDUCE", "INST", "OBJ", "NEWOBJ", "NEWOBJ_EX"] as const;
const EXECUTORS = ["os.system", "posix.system", "nt.system", "subprocess.Popen"];

/** SHORT_BINUNICODE. */
export const short = (text: string): string => `\x8c${String.fromCharCode(text.length)}${text}`;
const split = (full: string): [module: string, name: string] => {
  const at = full.lastIndexOf(".");
  return [full.slice(0, at), full.slice(at + 1)];
};

export function pickleCalling(
  full: string,
  call: (typeof CALLS)[number],
  protocol: number,
): string {
  const [module, name] = split(full);
  const head = protocol >= 2 ? `\x80${String.fromCharCode(protocol)}` : "";
  const global = protocol >= 4 ? `${short(module)}${short(name)}\x93` : `c${module}\n${name}\n`;
  const argument = ["S'true'\n", "U\x04true", "X\x04\0\0\0true"][Math.min(protocol, 2)] as string;
  const body = {
    REDUCE: `${global}(${argument}tR`,
    INST: `(${argument}i${module}\n${name}\n`,
    OBJ: `(${global}${argument}o`,
    NEWOBJ: `${global}(${argument}t\x81`,
    NEWOBJ_EX: `${global}(${argument}t}\x92`,
  }[call];
  return `${head}${body}.`;
}

/** The plainest of them all. */
export const CALL = pickleCalling("os.system", "REDUCE", 0);
/** With a mark, as picklers of today write it. */
export const CALL2 = pickleCalling("posix.system", "REDUCE", 2);

const called = (names: string): Attack[] =>
  names
    .split(/\s+/)
    .flatMap((full) =>
      ([0, 4] as const).map((protocol) =>
        attack(
          `${full} in protocol ${protocol}`,
          "model.pkl",
          pickleCalling(full, "REDUCE", protocol),
          MALICIOUS,
        ),
      ),
    );
const malicious = (name: string, bytes: string) => attack(name, "model.pkl", bytes, MALICIOUS);

export const PICKLES: readonly AttackRow[] = [
  {
    row: "REDUCE, INST, OBJ, NEWOBJ, NEWOBJ_EX on os, posix, nt, subprocess; protocols 0 to 5",
    attacks: EXECUTORS.flatMap((full) =>
      CALLS.flatMap((call) =>
        PROTOCOLS.map((protocol) =>
          malicious(
            `${call} of ${full}, protocol ${protocol}`,
            pickleCalling(full, call, protocol),
          ),
        ),
      ),
    ),
  },
  {
    row: "names built on the stack (STACK_GLOBAL after DUP, memo games: BINPUT mixed with MEMOIZE, LONG_BINGET)",
    attacks: [
      malicious("DUP", `\x80\x04${short("os")}2${short("system")}\x93${short("true")}\x85R.`),
      malicious(
        "BINPUT, MEMOIZE and LONG_BINGET",
        `\x80\x04${short("os")}\x94${short("system")}q\x070j\0\0\0\0h\x07\x93${short("true")}\x85R.`,
      ),
      malicious(
        "MEMOIZE counts what BINPUT put",
        `\x80\x04${short("x")}q\x050${short("os")}\x940${short("system")}\x940h\x01h\x02\x93)R.`,
      ),
      malicious("letters by their numbers", `S'\\x6fs'\nS'sys\\164em'\n\x93S'true'\n\x85R.`),
      malicious("a dotted name", `\x80\x04${short("torch._utils")}${short("os.system")}\x93)R.`),
      malicious("a computed name", `\x80\x04cbuiltins\nstr\n)R${short("system")}\x93)R.`),
    ],
  },
  {
    row: "extension registry opcodes EXT1/2/4",
    attacks: [
      attack("EXT1", "model.pkl", "\x80\x02\x82\x01)R.", NOT_CLEAN),
      attack("EXT2", "model.pkl", "\x80\x02\x83\x01\x01)R.", NOT_CLEAN),
      attack("EXT4", "model.pkl", "\x80\x02\x84\x01\x01\x01\0)R.", NOT_CLEAN),
      attack("EXT1 whose result nobody calls", "model.pkl", "\x80\x02]\x82\x07a.", NOT_CLEAN),
    ],
  },
  {
    row: "importlib.import_module, __import__, pkgutil.resolve_name, runpy, pip.main, timeit, cProfile, bdb, code, ctypes, marshal.loads, types.CodeType/FunctionType, functools.partial/reduce, operator.attrgetter, builtins.getattr/eval/exec/compile/open",
    attacks: called(
      `importlib.import_module builtins.__import__ __builtin__.__import__ pkgutil.resolve_name runpy.run_path
      runpy._run_code pip.main pip._internal.main timeit.timeit cProfile.run cProfile.runctx bdb.Bdb.run
      code.InteractiveInterpreter.runcode ctypes.CDLL marshal.loads types.CodeType types.FunctionType
      functools.partial functools.reduce operator.attrgetter operator.methodcaller builtins.getattr builtins.eval
      builtins.exec builtins.compile builtins.open __builtin__.eval`,
    ),
  },
  {
    row: "loaders inside a pickle: torch.load, torch.storage._load_from_bytes, joblib/dill/cloudpickle, numpy.load, pandas.read_pickle",
    attacks: called(
      `torch.load torch.storage._load_from_bytes torch.serialization.load torch.jit.load torch.hub.load joblib.load
      dill.loads cloudpickle.loads numpy.load pandas.read_pickle pickle.loads _pickle.loads shelve.open`,
    ),
  },
  {
    row: "harm without code: urlopen, requests.get, linecache.getline, shutil, socket",
    attacks: called(
      `urllib.request.urlopen urllib.request.urlretrieve requests.get requests.api.post linecache.getline
      shutil.rmtree shutil.copyfile socket.socket socket.create_connection http.client.HTTPConnection
      webbrowser.open tempfile.mkdtemp sqlite3.connect smtplib.SMTP`,
    ),
  },
  {
    row: "payload then a cut or junk instead of STOP; a second pickle after a benign one; a popped result; I01/I00 quirks; invalid UTF-8 strings; a lying FRAME length",
    attacks: [
      malicious("a cut instead of STOP", CALL.slice(0, -1)),
      malicious("junk instead of STOP", `${CALL.slice(0, -1)}\xff\xff\xff`),
      malicious("a second pickle", `\x80\x02}.${CALL}`),
      malicious("a third pickle", `\x80\x02}.\x80\x02N.${CALL2}`),
      malicious("a popped result", `N${CALL.slice(0, -1)}0.`),
      malicious("I01 and I00", `I01\nI00\n0I 5\n0${CALL}`),
      malicious("invalid UTF-8", `\x80\x04\x8c\x02\xff\xfe0${CALL}`),
      malicious("a FRAME that lies", `\x80\x04\x95\xff\xff\xff\xff\xff\xff\xff\x7f${CALL}`),
      malicious("an underflow before it", `0000${CALL}`),
    ],
  },
  {
    row: "a pickle named .safetensors, .onnx, .gguf, .json, .model, .bin, or nothing",
    attacks: ["safetensors", "onnx", "gguf", "json", "model", "bin", "txt", "md", "png"]
      .map((extension) => `model.${extension}`)
      .concat("model")
      .flatMap((path) => [
        attack(`protocol 0 as ${path}`, path, CALL, MALICIOUS),
        attack(`protocol 2 as ${path}`, path, CALL2, MALICIOUS),
      ]),
  },
];
