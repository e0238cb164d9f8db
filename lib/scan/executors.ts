/**
 * Globals that run code, load code, or reach files and networks when a pickle calls them. The list only
 * decides how bad an unknown name is: what is on no list is suspicious (see allowed-globals.ts).
 */
import { isResolvable } from "#lib/formats/pickle/pickle-values.ts";

/** Packages of which nothing belongs into a model's pickle. */
const PACKAGES: ReadonlySet<string> = new Set(
  `os posix nt ntpath posixpath subprocess _posixsubprocess pty commands popen2 platform sys shutil socket
  _socket ssl socketserver urllib urllib2 urllib3 http httplib ftplib smtplib smtpd telnetlib poplib imaplib
  nntplib xmlrpc requests aiohttp httpx pycurl paramiko fabric webbrowser importlib imp _imp
  _frozen_importlib _frozen_importlib_external pkgutil runpy pip setuptools pkg_resources distutils
  ensurepip venv site timeit profile cProfile pdb bdb trace code codeop ctypes _ctypes cffi marshal pickle
  _pickle cPickle pickletools dill cloudpickle shelve dbm linecache inspect threading _thread thread
  multiprocessing asyncio concurrent signal tempfile io _io fileinput zipimport zipfile tarfile sqlite3
  idlelib lib2to3 doctest unittest test _osx_support _aix_support ast dis symtable gc atexit mailcap
  pydoc wsgiref nturl2path IPython ipykernel jinja2 django flask numexpr pexpect sh plumbum invoke winreg
  _winreg msvcrt _winapi multiprocess operator _operator resource readline rlcompleter cgi cgitb crypt
  antigravity this turtle tkinter pyximport cython nose pytest`.split(/\s+/),
);

/** Modules inside of packages that are otherwise merely unknown. */
const MODULES: readonly string[] = [
  "torch.serialization",
  "torch.hub",
  "torch.package",
  "torch.jit._serialization",
  "torch.utils.cpp_extension",
  "torch.utils.collect_env",
  "torch.utils.model_zoo",
  "torch._dynamo",
  "torch._inductor",
  "torch.fx",
  "torch.distributed",
  "torch.multiprocessing",
  "torch.testing",
  "torch.utils.data.datapipes",
  "numpy.distutils",
  "numpy.f2py",
  "numpy.testing",
  "numpy.lib.npyio",
  "numpy.lib._npyio_impl",
  "numpy.ctypeslib",
  "scipy.weave",
  "pandas.io",
  "pandas.core.computation",
  "tensorflow.io",
  "tensorflow.python.lib.io",
  "tensorflow.saved_model",
  "keras.utils",
  "keras.saving",
  "logging.config",
  "sklearn.datasets",
  "sklearn.utils._testing",
  "huggingface_hub",
  "yaml",
];

const NAMES: ReadonlySet<string> = new Set([
  ...["builtins", "__builtin__"].flatMap((module) =>
    `eval exec execfile compile open file input raw_input getattr setattr delattr __import__ globals locals
      vars breakpoint apply reload memoryview type __build_class__ exit quit help`
      .split(/\s+/)
      .map((name) => `${module}.${name}`),
  ),
  "builtins.map",
  "__builtin__.map",
  "builtins.filter",
  "codecs.open",
  "codecs.decode",
  "functools.partial",
  "functools.partialmethod",
  "functools.reduce",
  "functools.singledispatch",
  "functools.cached_property",
  "types.CodeType",
  "types.FunctionType",
  "types.LambdaType",
  "types.MethodType",
  "types.ModuleType",
  "types.new_class",
  "types.DynamicClassAttribute",
  "new.code",
  "new.function",
  "copyreg.add_extension",
  "copyreg.pickle",
  "itertools.starmap",
  "uuid._popen",
  "uuid._get_command_stdout",
  "weakref.finalize",
  "contextlib.ExitStack",
  "torch.load",
  "torch.save",
  "torch.compile",
  "torch.jit.load",
  "torch.storage._load_from_bytes",
  "torch.ops.load_library",
  "torch._C._jit_load",
  "joblib.load",
  "joblib.numpy_pickle.load",
  "joblib.numpy_pickle._unpickle",
  "joblib.parallel.Parallel",
  "sklearn.externals.joblib.load",
  "numpy.core._ufunc_reconstruct",
  "numpy._core._ufunc_reconstruct",
  "numpy.load",
  "numpy.fromfile",
  "numpy.memmap",
  "numpy.save",
  "numpy.savetxt",
  "numpy.loadtxt",
  "numpy.genfromtxt",
  "numpy.vectorize",
  "pandas.read_pickle",
  "pandas.eval",
  "pandas.read_csv",
  "xgboost.core._load_lib",
  "tensorflow.py_function",
  "tensorflow.numpy_function",
  "keras.models.load_model",
  "tensorflow.keras.models.load_model",
]);

/** What a call reaches for, by the package or the function that it names; the first that fits counts. */
const EFFECTS: readonly (readonly [effect: string, names: RegExp])[] = [
  [
    "start programs",
    /^(?:subprocess|_posixsubprocess|pty|commands|popen2|multiprocess\w*|pexpect|sh|plumbum|invoke|webbrowser)\.|(?:^|\.)(?:system|w?popen\w*|startfile|fork\w*|posix_spawnp?|(?:spawn|exec)[lv]p?e?)$/,
  ],
  [
    "talk to other machines",
    /^(?:_?socket|_?ssl|socketserver|urllib\w*|http\w*|ftplib|smtp\w+|telnetlib|poplib|imaplib|nntplib|xmlrpc|requests|aiohttp|pycurl|paramiko|fabric|huggingface_hub)\./,
  ],
  [
    "load another pickle or library, with the code in it",
    /^(?:_?pickle|cPickle|dill|cloudpickle|joblib|shelve|marshal|_?ctypes|cffi)\.|^torch\.(?:load|hub|jit\.load|serialization|storage|package|ops\.load_library)|^(?:numpy\.load|pandas\.read_pickle)$|load_model$|load_lib/,
  ],
  [
    "import any module",
    /^(?:importlib|_?imp|pkgutil|runpy|zipimport|_frozen_importlib\w*)\.|__import__$|\.reload$/,
  ],
  [
    "read or change files",
    /^(?:shutil|_?io|tempfile|fileinput|linecache|zipfile|tarfile|sqlite3|dbm|os|posix|nt|ntpath|posixpath)\.|\.(?:open|file|fromfile|memmap|savetxt|loadtxt|genfromtxt|read_csv|save)$/,
  ],
];

/** What a known way to run code is for, as the end of "a way to ...". */
export function effectOf(module: string, name: string): string {
  const full = `${module}.${name}`;
  return EFFECTS.find(([, names]) => names.test(full))?.[0] ?? "run code";
}

/** Attributes that lead from any object to everything. */
const ESCAPES =
  /(?:^|\.)__(?:globals|class|bases|base|subclasses|builtins|import|code|dict|getattribute|reduce|reduce_ex|init_subclass|mro|loader|spec)__(?:\.|$)/;

/** Names that stand for a way to everything in an attribute path, or when a module has imported them. */
const REACHED: ReadonlySet<string> = new Set(
  "os sys subprocess builtins __builtin__ importlib shutil posix socket runpy ctypes pickle".split(
    " ",
  ),
);

/** True for a known way to run code. Names may be paths (`a.b.system`), as protocol 4 allows. */
export function isExecutor(module: string, name: string): boolean {
  const full = `${module}.${name}`;
  if (!isResolvable(module, name)) return false;
  if (NAMES.has(full) || ESCAPES.test(name)) return true;
  if (PACKAGES.has(module.split(".")[0] as string)) return true;
  if (MODULES.some((known) => full.startsWith(`${known}.`))) return true;
  // `torch._utils` + `os.system`: the module is reached through another one that imported it.
  const path = name.split(".");
  if (path.some((part) => REACHED.has(part))) return true;
  return path.length > 1 && NAMES.has(path.slice(-2).join("."));
}
