/**
 * Globals that real training writes and that only hold data or compute from their arguments, whatever those
 * are: a pickle calls each of them with arguments of an attacker's choice. A class that opens a file when it
 * is made is not here. Whatever is not here is at least suspicious.
 *
 * The lists in data/ say where they come from; scripts/safe-globals.py renews them.
 */
import { isTorchDtypeName, isTorchStorageName } from "#lib/formats/torch/torch-dtypes.ts";
import numpyGlobals from "./data/numpy-globals.json" with { type: "json" };
import sklearnGlobals from "./data/sklearn-globals.json" with { type: "json" };
import torchGlobals from "./data/torch-globals.json" with { type: "json" };

const INTEGERS = ["Int8", "Int16", "Int32", "Int64", "UInt8", "UInt16", "UInt32", "UInt64"];

const NAMES: ReadonlySet<string> = new Set([
  ...[torchGlobals, numpyGlobals, sklearnGlobals].flatMap(({ modules }) =>
    Object.entries(modules).flatMap(([module, names]) => under(module, names)),
  ),
  ...under("collections", "OrderedDict defaultdict Counter deque"),
  ...["builtins", "__builtin__"].flatMap((module) =>
    under(
      module,
      "set frozenset bytearray bytes complex slice range xrange list dict tuple int long float bool str unicode object",
    ),
  ),
  ...under("copyreg", "_reconstructor"),
  ...under("copy_reg", "_reconstructor"),
  ...under("_codecs", "encode"),
  ...under("datetime", "datetime date time timedelta timezone"),
  ...under("decimal", "Decimal"),
  ...under("fractions", "Fraction"),
  ...under("uuid", "UUID SafeUUID"),
  ...under("argparse", "Namespace"),
  ...under("types", "SimpleNamespace"),
  ...under("array", "array _array_reconstructor"),
  // Python 3.13 has the classes in a module of their own.
  ...["pathlib", "pathlib._local"].flatMap((module) =>
    under(module, "Path PosixPath WindowsPath PurePath PurePosixPath PureWindowsPath"),
  ),
  ...under("torch.torch_version", "TorchVersion"),
  ...["pytorch_lightning.utilities.parsing", "lightning.pytorch.utilities.parsing"].flatMap(
    (module) => under(module, "AttributeDict"),
  ),
  ...under("lightning_fabric.utilities.data", "AttributeDict"),
  ...under("lightning.fabric.utilities.data", "AttributeDict"),
  ...under(
    "torch",
    "Size device Tensor strided sparse_coo sparse_csr per_tensor_affine per_channel_affine per_tensor_symmetric per_channel_symmetric",
  ),
  ...under(
    "torch._utils",
    `_rebuild_tensor _rebuild_tensor_v2 _rebuild_tensor_v3 _rebuild_parameter _rebuild_parameter_with_state
    _rebuild_qtensor _rebuild_sparse_tensor _rebuild_sparse_csr_tensor _rebuild_nested_tensor
    _rebuild_meta_tensor_no_storage _rebuild_device_tensor_from_numpy _rebuild_device_tensor_from_cpu_tensor`,
  ),
  ...under("torch._tensor", "_rebuild_from_type_v2"),
  // A jagged tensor keeps the ranges of its dimensions; nothing else of that package is data.
  ...under("torch._dynamo.decorators", "_DimRange"),
  ...under("torch.nn.parameter", "Parameter Buffer"),
  ...under("torch.serialization", "_get_layout"),
  ...under("torch.storage", "UntypedStorage TypedStorage _UntypedStorage"),
  ...["numpy.core", "numpy._core"].flatMap((core) => [
    ...under(`${core}.multiarray`, "_reconstruct scalar"),
    ...under(`${core}.numeric`, "_frombuffer"),
  ]),
  ...under(
    "numpy",
    `ndarray dtype bool_ bool int8 int16 int32 int64 uint8 uint16 uint32 uint64 float16 float32 float64 longdouble
    complex64 complex128 str_ bytes_ object_ datetime64 timedelta64 intc uintc intp longlong`,
  ),
  ...["numpy.ma", "numpy.ma.core"].flatMap((module) =>
    under(module, "_mareconstruct MaskedArray MaskedConstant mvoid masked"),
  ),
  ...under("numpy.random._pickle", "__randomstate_ctor __bit_generator_ctor __generator_ctor"),
  ...["numpy.random.bit_generator", "numpy.random._bit_generator"].flatMap((module) =>
    under(module, "SeedSequence SeedlessSeedSequence __pyx_unpickle_SeedSequence"),
  ),
  ...under(
    "numpy.random",
    "RandomState Generator SeedSequence MT19937 PCG64 PCG64DXSM Philox SFC64",
  ),
  ...under("numpy.random.mtrand", "RandomState"),
  ...under("numpy.random._generator", "Generator"),
  ...under("numpy.random._mt19937", "MT19937"),
  ...under("numpy.random._pcg64", "PCG64 PCG64DXSM"),
  ...under("numpy.random._philox", "Philox"),
  ...under("numpy.random._sfc64", "SFC64"),
  ...under("scipy.interpolate._bsplines", "BSpline"),
  ...under("scipy.interpolate._interpolate", "interp1d PPoly BPoly NdPPoly"),
  ...under(
    "scipy.interpolate._cubic",
    "CubicSpline PchipInterpolator Akima1DInterpolator CubicHermiteSpline",
  ),
  ...under("scipy.interpolate.interpolate", "interp1d PPoly BPoly"),
  ...under("scipy.spatial._ckdtree", "cKDTree cKDTreeNode"),
  ...under("scipy.spatial.ckdtree", "cKDTree cKDTreeNode"),
  ...under("scipy.spatial._kdtree", "KDTree"),
  ...["scipy.optimize._optimize", "scipy.optimize.optimize"].flatMap((module) =>
    under(module, "OptimizeResult"),
  ),
  ...under(
    "pandas",
    `DataFrame Series Index MultiIndex RangeIndex DatetimeIndex TimedeltaIndex PeriodIndex CategoricalIndex
    IntervalIndex Categorical Timestamp Timedelta Period Interval StringDtype CategoricalDtype DatetimeTZDtype
    PeriodDtype IntervalDtype BooleanDtype Int8Dtype Int16Dtype Int32Dtype Int64Dtype UInt8Dtype UInt16Dtype
    UInt32Dtype UInt64Dtype Float32Dtype Float64Dtype`,
  ),
  ...under(
    "pandas.arrays",
    `DatetimeArray TimedeltaArray PeriodArray IntegerArray FloatingArray BooleanArray StringArray
    NumpyExtensionArray IntervalArray SparseArray`,
  ),
  ...under("pandas.core.frame", "DataFrame"),
  ...under("pandas.core.series", "Series"),
  ...under("pandas.core.internals.managers", "BlockManager SingleBlockManager"),
  ...under("pandas.core.internals.blocks", "new_block"),
  ...under("pandas._libs.internals", "_unpickle_block BlockPlacement BlockManager"),
  ...under("pandas.core.indexes.base", "Index _new_Index"),
  ...under("pandas.core.indexes.range", "RangeIndex"),
  ...under("pandas.core.indexes.multi", "MultiIndex"),
  ...under("pandas.core.indexes.numeric", "Int64Index UInt64Index Float64Index"),
  ...under("pandas.core.indexes.category", "CategoricalIndex"),
  ...under("pandas.core.indexes.interval", "IntervalIndex _new_IntervalIndex"),
  ...under("pandas.core.indexes.datetimes", "DatetimeIndex _new_DatetimeIndex"),
  ...under("pandas.core.indexes.timedeltas", "TimedeltaIndex"),
  ...under("pandas.core.indexes.period", "PeriodIndex _new_PeriodIndex"),
  ...under("pandas.core.arrays.categorical", "Categorical"),
  ...under("pandas.core.arrays.datetimes", "DatetimeArray"),
  ...under("pandas.core.arrays.timedeltas", "TimedeltaArray"),
  ...under("pandas.core.arrays.period", "PeriodArray"),
  ...under("pandas.core.arrays.integer", INTEGERS.map((of) => `${of}Dtype`).join(" ")),
  ...under("pandas.core.arrays.integer", "IntegerArray"),
  ...under("pandas.core.arrays.floating", "FloatingArray Float32Dtype Float64Dtype"),
  ...under("pandas.core.arrays.boolean", "BooleanArray BooleanDtype"),
  ...under("pandas.core.arrays.string_", "StringArray StringDtype"),
  ...under("pandas.core.arrays.string_", "StringArrayNumpySemantics"),
  ...under("pandas.core.arrays.numpy_", "NumpyExtensionArray PandasArray"),
  ...under(
    "pandas.core.dtypes.dtypes",
    "CategoricalDtype DatetimeTZDtype PeriodDtype IntervalDtype NumpyEADtype SparseDtype",
  ),
  ...under("pandas.core.flags", "Flags"),
  ...under("pandas._libs.arrays", "__pyx_unpickle_NDArrayBacked NDArrayBacked"),
  ...under("pandas._libs.missing", "NAType"),
  ...under("pandas._libs.interval", "Interval"),
  ...under("pandas._libs.tslibs.timestamps", "Timestamp _unpickle_timestamp"),
  ...under("pandas._libs.tslibs.timedeltas", "Timedelta _timedelta_unpickle"),
  ...under("pandas._libs.tslibs.nattype", "_nat_unpickle"),
  ...under("pandas._libs.tslibs.period", "Period"),
  ...under(
    "scipy.stats._distn_infrastructure",
    "rv_frozen rv_continuous_frozen rv_discrete_frozen",
  ),
  ...under("joblib.numpy_pickle", "NumpyArrayWrapper"),
  ...under("xgboost.core", "Booster"),
  ...under(
    "xgboost.sklearn",
    "XGBModel XGBClassifier XGBRegressor XGBRanker XGBRFClassifier XGBRFRegressor",
  ),
  ...under("xgboost.callback", "TrainingCallback EarlyStopping EvaluationMonitor"),
  ...under("lightgbm.basic", "Booster"),
  ...under("lightgbm.callback", "_EarlyStoppingCallback _LogEvaluationCallback"),
  ...under("catboost.core", "CatBoost CatBoostClassifier CatBoostRegressor CatBoostRanker"),
  ...under(
    "lightgbm.sklearn",
    "LGBMModel LGBMClassifier LGBMRegressor LGBMRanker _LGBMLabelEncoder",
  ),
]);

/** Classes of the metadata of torch.distributed.checkpoint: the rest of that package reaches for the network. */
const DISTRIBUTED_NAMES: ReadonlySet<string> = new Set([
  ...under(
    "torch.distributed.checkpoint.metadata",
    `Metadata TensorStorageMetadata BytesStorageMetadata ChunkStorageMetadata TensorProperties MetadataIndex
    StorageMeta _MEM_FORMAT_ENCODING`,
  ),
  ...under("torch.distributed.checkpoint.filesystem", "_StorageInfo"),
]);

/** TorchScript's own reader gives these to its stream (torch/csrc/jit/serialization/pickler.cpp). */
const TORCHSCRIPT_NAMES: ReadonlySet<string> = new Set(
  under(
    "torch.jit._pickle",
    "build_intlist build_tensorlist build_doublelist build_boollist build_tensor_from_id restore_type_tag",
  ),
);

/**
 * Modules where estimators live, also those of other versions than the listed one. Helpers that fetch, test or run
 * things live elsewhere.
 */
const ESTIMATOR_MODULES =
  /^sklearn\.(?:_loss|base|calibration|cluster|compose|covariance|cross_decomposition|decomposition|discriminant_analysis|dummy|ensemble|feature_extraction|feature_selection|frozen|gaussian_process|impute|isotonic|kernel_approximation|kernel_ridge|linear_model|manifold|mixture|model_selection|multiclass|multioutput|naive_bayes|neighbors|neural_network|pipeline|preprocessing|random_projection|semi_supervised|svm|tree|metrics\._dist_metrics|metrics\._?scorer|utils\._bunch)(?:\.[a-z0-9_]+)*$/;
const RESAMPLER_MODULES =
  /^imblearn\.(?:base|combine|ensemble|metrics|over_sampling|pipeline|under_sampling)(?:\.[a-z0-9_]+)*$/;
const SPARSE_MODULES = /^scipy\.sparse(?:\.(?:_?(?:csr|csc|coo|bsr|dia|dok|lil)))?$/;
const CLASS_NAME = /^_?[A-Z][A-Za-z0-9_]*$/;
const SPARSE_NAME = /^(?:csr|csc|coo|bsr|dia|dok|lil)_(?:matrix|array)$/;
/** Classes that such modules import from elsewhere and that do more than hold data. */
const NO_ESTIMATORS =
  /^(?:Parallel|Memory|Path|Popen|Thread|Pool|Process|Request|GzipFile|StringIO|BytesIO)/;

export function isAllowedGlobal(module: string, name: string, isTorchScript: boolean): boolean {
  const full = `${module}.${name}`;
  if (NAMES.has(full) || DISTRIBUTED_NAMES.has(full)) return true;
  if (module === "torch" && (isTorchDtypeName(name) || isTorchStorageName(name))) return true;
  if (module === "torch.storage" && isTorchStorageName(name)) return true;
  if (module === "torch.cuda" && isTorchStorageName(name)) return true;
  if (module === "numpy.dtypes") return /^[A-Z][A-Za-z0-9]*DType$/.test(name);
  if (isTorchScript && (module.split(".")[0] === "__torch__" || TORCHSCRIPT_NAMES.has(full)))
    return true;
  if (SPARSE_MODULES.test(module)) return SPARSE_NAME.test(name);
  return isEstimator(module, name);
}

function isEstimator(module: string, name: string): boolean {
  if (!ESTIMATOR_MODULES.test(module) && !RESAMPLER_MODULES.test(module)) return false;
  if (CLASS_NAME.test(name)) return !NO_ESTIMATORS.test(name);
  // Cython's own reconstructors, and the one that trees of neighbours use.
  return /^__pyx_unpickle_[A-Z]\w*$/.test(name) || name === "newObj";
}

function under(module: string, names: string): string[] {
  return names
    .trim()
    .split(/\s+/)
    .map((name) => `${module}.${name}`);
}
