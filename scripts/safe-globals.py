"""Writes lib/scan/data/*.json: names that the scan lets pass, taken from the libraries themselves.

Run with torch, numpy, scipy and scikit-learn installed, then read the difference: a name belongs there
only when it does no harm while a pickle calls it with arguments of an attacker's choice.

    python3 scripts/safe-globals.py
"""

import importlib
import inspect
import json
import pathlib
import pkgutil
import re
import warnings
from collections import defaultdict

import numpy
import scipy
import scipy.special
import sklearn
import torch
import torch._weights_only_unpickler
import torch.serialization

warnings.filterwarnings("ignore")
DATA = pathlib.Path(__file__).parent.parent / "lib" / "scan" / "data"

# NumPy's functions that reach files, the process's settings or a buffer's owner, that call what they are
# given, or that change their arguments.
NUMPY_EXCLUDED = set(
    """load save savez savez_compressed savetxt loadtxt genfromtxt fromfile fromregex memmap info test
    show_config show_runtime get_include set_printoptions get_printoptions printoptions seterr geterr
    seterrcall geterrcall setbufsize getbufsize apply_along_axis apply_over_axes piecewise fromfunction
    frompyfunc vectorize mask_indices from_dlpack bmat asmatrix nested_iters copyto put putmask place
    put_along_axis fill_diagonal may_share_memory shares_memory""".split()
)
# Types of NumPy that hold data and nothing else.
NUMPY_TYPES = """ndarray matrix recarray record dtype poly1d finfo iinfo busdaycalendar ndindex""".split()
# Modules of scikit-learn whose public functions compute from arrays, as score_func, func or kernel take them.
SKLEARN_FUNCTIONS = """sklearn.metrics sklearn.metrics.pairwise sklearn.metrics.cluster
    sklearn.feature_selection sklearn.preprocessing sklearn.covariance sklearn.cluster sklearn.decomposition
    sklearn.linear_model sklearn.manifold sklearn.neighbors sklearn.feature_extraction.image
    sklearn.isotonic sklearn.random_projection sklearn.kernel_approximation""".split()
# Packages whose classes are estimators, what they are made of, and what chooses and scores them.
SKLEARN_CLASSES = """_loss base calibration cluster compose covariance cross_decomposition decomposition
    discriminant_analysis dummy ensemble feature_extraction feature_selection frozen gaussian_process impute
    isotonic kernel_approximation kernel_ridge linear_model manifold metrics mixture model_selection
    multiclass multioutput naive_bayes neighbors neural_network pipeline preprocessing random_projection
    semi_supervised svm tree utils""".split()
SKLEARN_HELPERS = re.compile(
    r"\.tests\b|\.tree\._export|\.tree\._reingold|\._plot\b|\._testing|\.estimator_checks|\.parallel|_mocking|\._repr_html|\.validation|\.conftest"
    r"|\.discovery|\.deprecation|\.fixes|\._show_versions|\.utils\._plotting|\.utils\._pprint"
)
# Helpers that estimators keep among their attributes. Their names are private: nobody lists them.
SKLEARN_PRIVATE = {
    "sklearn.cluster._kmeans": ["_kmeans_single_lloyd", "_kmeans_single_elkan"],
    "sklearn.preprocessing._function_transformer": ["_identity"],
}


def write(name: str, source: str, version: str, names: set[str]) -> None:
    modules = defaultdict(list)
    for full in sorted(names):
        module, _, last = full.rpartition(".")
        modules[module].append(last)
    content = {
        "source": source,
        "version": version,
        "modules": {module: " ".join(modules[module]) for module in sorted(modules)},
    }
    (DATA / f"{name}.json").write_text(json.dumps(content, indent=2) + "\n")


def torch_names() -> set[str]:
    names = set(torch._weights_only_unpickler._get_allowed_globals())
    for safe in torch.serialization.get_safe_globals():
        target, full = safe if isinstance(safe, tuple) else (safe, f"{safe.__module__}.{safe.__qualname__}")
        names.add(full)
    return names


def numpy_names() -> set[str]:
    names = set()
    for name in numpy.__all__:
        value = getattr(numpy, name)
        is_ufunc = isinstance(value, numpy.ufunc)
        is_function = inspect.isroutine(value) and name not in NUMPY_EXCLUDED
        is_scalar = isinstance(value, type) and issubclass(value, numpy.generic)
        if is_ufunc:
            # A ufunc is pickled under the module where it is found: the public one, or the compiled one.
            for core in ("numpy.core", "numpy._core"):
                names.update(f"{core}.{place}.{name}" for place in ("_multiarray_umath", "umath"))
        if is_ufunc or is_function or is_scalar or name in NUMPY_TYPES:
            names.add(f"numpy.{name}")
        if is_function or is_scalar or name in NUMPY_TYPES:
            defined = getattr(value, "__module__", None) or "numpy"
            # NumPy 1 has numpy.core and numpy.lib.x where NumPy 2 has numpy._core and numpy.lib._x_impl.
            names.add(f"{defined}.{name}")
            names.add(f"{defined.replace('numpy._core', 'numpy.core')}.{name}")
            names.add(re.sub(r"\.lib\._(\w+)_impl$", r".lib.\1", defined) + f".{name}")
    for name in numpy.linalg.__all__:
        if inspect.isroutine(getattr(numpy.linalg, name)):
            names.update(
                f"{module}.{name}" for module in ("numpy.linalg", "numpy.linalg.linalg", "numpy.linalg._linalg")
            )
    for name, value in vars(scipy.special).items():
        if isinstance(value, numpy.ufunc):
            names.update(f"{module}.{name}" for module in ("scipy.special", "scipy.special._ufuncs"))
    return names


def sklearn_names() -> set[str]:
    names = set()
    for module_name in SKLEARN_FUNCTIONS:
        module = importlib.import_module(module_name)
        for name in getattr(module, "__all__", dir(module)):
            value = getattr(module, name)
            if inspect.isfunction(value) and value.__module__.startswith(module_name) and name[0] != "_":
                names.update((f"{value.__module__}.{name}", f"{module_name}.{name}"))
    for package in SKLEARN_CLASSES:
        for module in modules_of(f"sklearn.{package}"):
            for name, value in vars(module).items():
                # Cython's classes carry the module's name too; what is imported from elsewhere does not.
                if inspect.isclass(value) and value.__module__ == module.__name__ and value.__name__ == name:
                    if not issubclass(value, BaseException) and not name.startswith("Pytest"):
                        names.add(f"{module.__name__}.{name}")
                elif re.fullmatch(r"__pyx_unpickle_\w+|newObj", name):
                    names.add(f"{module.__name__}.{name}")
    for module_name, private in SKLEARN_PRIVATE.items():
        module = importlib.import_module(module_name)
        names.update(f"{module_name}.{name}" for name in private if hasattr(module, name))
    return names


def modules_of(package: str):
    root = importlib.import_module(package)
    yield root
    for info in pkgutil.walk_packages(getattr(root, "__path__", []), f"{package}."):
        if SKLEARN_HELPERS.search(info.name):
            continue
        try:
            yield importlib.import_module(info.name)
        except Exception as error:
            print(f"skipped {info.name}: {error}")


DATA.mkdir(exist_ok=True)
write(
    "torch-globals",
    "torch._weights_only_unpickler._get_allowed_globals() and torch.serialization.get_safe_globals()",
    torch.__version__.split("+")[0],
    torch_names(),
)
write(
    "numpy-globals",
    "ufuncs, functions and scalar types of numpy.__all__, numpy.linalg and scipy.special, without the excluded ones",
    f"numpy {numpy.__version__}, scipy {scipy.__version__}",
    numpy_names(),
)
write(
    "sklearn-globals",
    "classes that scikit-learn's estimator packages define, public functions that compute from arrays",
    sklearn.__version__,
    sklearn_names(),
)
