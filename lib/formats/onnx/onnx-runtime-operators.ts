/**
 * ONNX Runtime's own operators that only compute (docs/ContribOperators.md of microsoft/onnxruntime, November 2026).
 * Its domain also has some that run compiled programs, Python functions or other libraries; what is not listed here is
 * taken for one of those.
 */
const COMPUTING: ReadonlySet<string> = new Set(
  `Attention AttnLSTM BeamSearch BiasAdd BiasDropout BiasGelu BiasSoftmax BiasSplitGelu BifurcationDetector
  BitmaskBiasDropout BitmaskDropout CDist CausalConvWithState ComplexMul ComplexMulConj ConvTransposeWithDynamicPads
  CropAndResize DecoderAttention DecoderMaskedMultiHeadAttention DecoderMaskedSelfAttention DequantizeBFP
  DequantizeLinear DequantizeWithOrder DynamicQuantizeLSTM DynamicQuantizeMatMul DynamicTimeWarping
  EmbedLayerNormalization EngramGate ExpandDims FastGelu FusedConv FusedGemm FusedMatMul FusedMatMulActivation GatedAdd
  GatedDeltaNet GatedRMSNorm GatedRelativePositionBias GatherBlockQuantized GatherND Gelu GemmFastGelu GemmFloat8
  GemmaRotaryEmbedding GreedySearch GridSample GroupNorm GroupQueryAttention Inverse Irfft IsAllFinite LinearAttention
  LinearAttentionGate LongformerAttention MRotaryEmbedding MatMulBlockQuantizedFp4Weight MatMulBlockQuantizedFp8Weight
  MatMulBnb4 MatMulFpQ4 MatMulInteger16 MatMulIntegerToFloat MatMulNBits MatMulNBitsMlp MatMulNBitsQkv MaxpoolWithMask
  MoE MulInteger MultiHeadAttention MurmurHash3 NGramHashMapping NGramRepeatBlock NhwcConv NhwcFusedConv NhwcMaxPool
  PackedAttention PackedMultiHeadAttention Pad PagedAttention QAttention QEmbedLayerNormalization QGemm QLinearAdd
  QLinearAveragePool QLinearConcat QLinearConv QLinearGlobalAveragePool QLinearLeakyRelu QLinearMul QLinearReduceMean
  QLinearSigmoid QLinearSoftmax QLinearWhere QMoE QOrderedAttention QOrderedGelu QOrderedLayerNormalization
  QOrderedLongformerAttention QOrderedMatMul QuantizeBFP QuantizeLinear QuantizeWithOrder QuickGelu Range
  ReduceSumInteger RelativePositionBias RemovePadding RestorePadding Rfft RotaryEmbedding SampleOp Sampling SkipGroupNorm
  SkipLayerNormalization SkipSimplifiedLayerNormalization SparseAttention SparseToDenseMatMul Tokenizer TorchEmbedding
  TransposeMatMul Trilu UnfoldTensor Unique VarlenCausalConvWithState VarlenNGramHashMapping WhisperBeamSearch
  WordConvEmbedding`.split(/\s+/),
);

const DOMAIN = "com.microsoft";
/** What those do that are known to reach beyond the model. */
const REACHING: Readonly<Record<string, string>> = {
  EPContext: "hands a compiled program, or a file that it names, to a device",
  Snpe: "hands a compiled program to a device",
  PythonOp: "calls a Python function",
  PythonOpGrad: "calls a Python function",
  ATen: "calls any operator of PyTorch",
  TritonOp: "compiles and runs code of the machine that loads it",
};

/** What an operator of ONNX Runtime's domain does beyond computing, as the end of a sentence; null when it only computes. */
export function reachOfRuntimeOperator(domain: string, name: string): string | null {
  if (domain !== DOMAIN || COMPUTING.has(name)) return null;
  return Object.hasOwn(REACHING, name)
    ? (REACHING[name] as string)
    : "is none of those by which ONNX Runtime only computes";
}

/** The operator whose setting `ep_cache_context` is the path of a file, unless its bytes are inside. */
export function namesCompiledFile(domain: string, name: string): boolean {
  return domain === DOMAIN && name === "EPContext";
}
