/**
 * Globals that checkpoints of the supported frameworks name and that do nothing but hold data. Whatever is
 * not here is at least suspicious.
 */
import { isTorchDtypeName, isTorchStorageName } from "../formats/torch-dtypes.ts";

const NAMES: ReadonlySet<string> = new Set([
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
  ...under("numpy.ma.core", "_mareconstruct MaskedArray MaskedConstant"),
  ...under("numpy.random._pickle", "__randomstate_ctor __bit_generator_ctor __generator_ctor"),
  ...under("numpy.random.bit_generator", "SeedSequence __pyx_unpickle_SeedSequence"),
  ...under("numpy.random._mt19937", "MT19937"),
  ...under("numpy.random._pcg64", "PCG64"),
  ...under("numpy", "mean median sum min max"),
  ...under(
    "sklearn.feature_selection._univariate_selection",
    "f_classif f_regression f_oneway r_regression chi2",
  ),
  ...under("sklearn.cluster._kmeans", "_kmeans_single_lloyd _kmeans_single_elkan"),
  ...under("scipy.interpolate._bsplines", "BSpline"),
  ...under("joblib.numpy_pickle", "NumpyArrayWrapper"),
  ...under("xgboost.core", "Booster"),
  ...under(
    "xgboost.sklearn",
    "XGBModel XGBClassifier XGBRegressor XGBRanker XGBRFClassifier XGBRFRegressor",
  ),
  ...under("lightgbm.basic", "Booster"),
  ...under(
    "lightgbm.sklearn",
    "LGBMModel LGBMClassifier LGBMRegressor LGBMRanker _LGBMLabelEncoder",
  ),
]);

/** TorchScript's own reader gives these to its stream (torch/csrc/jit/serialization/pickler.cpp). */
const TORCHSCRIPT_NAMES: ReadonlySet<string> = new Set(
  under(
    "torch.jit._pickle",
    "build_intlist build_tensorlist build_doublelist build_boollist build_tensor_from_id restore_type_tag",
  ),
);

/** Estimators live in these; helpers that fetch, test or run things do not. */
const ESTIMATOR_MODULES =
  /^sklearn\.(?:_loss|base|calibration|cluster|compose|covariance|cross_decomposition|decomposition|discriminant_analysis|dummy|ensemble|feature_extraction|feature_selection|gaussian_process|impute|isotonic|kernel_approximation|kernel_ridge|linear_model|manifold|mixture|multiclass|multioutput|naive_bayes|neighbors|neural_network|pipeline|preprocessing|random_projection|semi_supervised|svm|tree|metrics\._dist_metrics|utils\._bunch)(?:\.[a-z0-9_]+)*$/;
const SPARSE_MODULES = /^scipy\.sparse\.(?:_?(?:csr|csc|coo|bsr|dia|dok|lil))$/;
const CLASS_NAME = /^_?[A-Z][A-Za-z0-9_]*$/;
const SPARSE_NAME = /^(?:csr|csc|coo|bsr|dia|dok|lil)_(?:matrix|array)$/;
/** Classes that such modules import from elsewhere and that do more than hold data. */
const NO_ESTIMATORS =
  /^(?:Parallel|Memory|Path|Popen|Thread|Pool|Process|Request|GzipFile|StringIO|BytesIO)/;

export function isAllowedGlobal(module: string, name: string, isTorchScript: boolean): boolean {
  const full = `${module}.${name}`;
  if (NAMES.has(full)) return true;
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
  if (!ESTIMATOR_MODULES.test(module)) return false;
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
