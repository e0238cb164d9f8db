"""What the frameworks themselves say about the real models.

Usage: facts.py <folder of the fetched models>. Prints JSON: model name -> parameters, tensors
([file, name, dtype, shape, bytes], sorted) and, where the format names them, inputs and outputs.
The registry never loads a model; this oracle does, which is why it runs apart and on known files only.
"""

import json
import math
import os
import re
import sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["CUDA_VISIBLE_DEVICES"] = ""

import numpy
import onnx
import safetensors
import tensorflow
import tf_keras
import torch

TORCH = {
    torch.float64: "F64",
    torch.float32: "F32",
    torch.float16: "F16",
    torch.bfloat16: "BF16",
    torch.int64: "I64",
    torch.int32: "I32",
    torch.int16: "I16",
    torch.int8: "I8",
    torch.uint8: "U8",
    torch.bool: "BOOL",
}
NUMPY = {
    "float64": "F64",
    "float32": "F32",
    "float16": "F16",
    "bfloat16": "BF16",
    "int64": "I64",
    "int32": "I32",
    "int16": "I16",
    "int8": "I8",
    "uint64": "U64",
    "uint32": "U32",
    "uint16": "U16",
    "uint8": "U8",
    "bool": "BOOL",
}


def answer(tensors, parameters=None, signature=None):
    if parameters is None:
        parameters = sum(math.prod(shape) for _, _, _, shape, _ in tensors)
    return {"parameters": parameters, "signature": signature, "tensors": sorted(tensors)}


def torch_row(path, name, tensor):
    size = tensor.numel() * tensor.element_size()
    return [path, name, TORCH[tensor.dtype], list(tensor.shape), size]


def state_dicts(folder, *paths):
    rows = []
    for path in paths:
        state = torch.load(os.path.join(folder, path), map_location="cpu", weights_only=True)
        rows += [torch_row(path, name, tensor) for name, tensor in state.items()]
    return answer(rows)


def torchscript(folder, path):
    """Parameters, buffers, and the tensors that a module keeps as plain attributes (a recurrent state).

    A module tells its parameters from its buffers, so that only the former are counted.
    """
    model = torch.jit.load(os.path.join(folder, path), map_location="cpu")
    tensors = dict(model.state_dict())
    for prefix, module in model.named_modules():
        attributes = module._c.dump_to_str(False, True, False).split("methods {")[0]
        for name in re.findall(r"^ {4}(\w+) = ", attributes, re.MULTILINE):
            value = getattr(module, name)
            if isinstance(value, torch.Tensor):
                tensors[f"{prefix}.{name}" if prefix else name] = value
    rows = [torch_row(path, name, tensor) for name, tensor in tensors.items()]
    return answer(rows, sum(tensor.numel() for tensor in model.parameters()))


def safetensors_file(folder, path):
    rows = []
    with safetensors.safe_open(os.path.join(folder, path), framework="pt") as opened:
        for name in opened.keys():
            rows.append(torch_row(path, name, opened.get_tensor(name)))
    return answer(rows)


def onnx_graphs(graph):
    yield graph
    for node in graph.node:
        for attribute in node.attribute:
            inner = [attribute.g] if attribute.type == onnx.AttributeProto.GRAPH else attribute.graphs
            for subgraph in inner:
                yield from onnx_graphs(subgraph)


def onnx_row(path, name, tensor):
    array = onnx.numpy_helper.to_array(tensor)
    return [path, name, NUMPY[str(array.dtype)], list(array.shape), array.nbytes]


def onnx_end(value):
    tensor = value.type.tensor_type
    dtype = NUMPY[str(onnx.helper.tensor_dtype_to_np_dtype(tensor.elem_type))]
    shape = []
    for dim in tensor.shape.dim:
        kind = dim.WhichOneof("value")
        shape.append(getattr(dim, kind) or None if kind else None)
    return {"name": value.name, "dtype": dtype, "shape": shape}


def onnx_model(folder, path):
    """Weights: initializers of all graphs, and the floating, non-scalar values of Constant nodes."""
    model = onnx.load(os.path.join(folder, path))
    rows = []
    for graph in onnx_graphs(model.graph):
        rows += [onnx_row(path, tensor.name, tensor) for tensor in graph.initializer]
        for node in graph.node:
            values = [item.t for item in node.attribute if item.name == "value" and item.HasField("t")]
            for value in values if node.op_type == "Constant" else []:
                array = onnx.numpy_helper.to_array(value)
                if array.ndim > 0 and numpy.issubdtype(array.dtype, numpy.floating):
                    rows.append(onnx_row(path, node.output[0], value))
    initializers = {tensor.name for tensor in model.graph.initializer}
    signature = {
        "inputs": [onnx_end(value) for value in model.graph.input if value.name not in initializers],
        "outputs": [onnx_end(value) for value in model.graph.output],
    }
    return answer(rows, signature=signature)


def tensorflow_end(name, spec):
    return {"name": name, "dtype": NUMPY[spec.dtype.name], "shape": spec.shape.as_list()}


def saved_model(folder):
    """Tensors as the checkpoint lists them; parameters as Keras counts them."""
    data = "variables/variables.data-00000-of-00001"
    checkpoint = tensorflow.train.load_checkpoint(os.path.join(folder, "variables/variables"))
    dtypes = checkpoint.get_variable_to_dtype_map()
    rows = []
    for name, shape in checkpoint.get_variable_to_shape_map().items():
        if name == "_CHECKPOINTABLE_OBJECT_GRAPH":
            continue
        dtype = dtypes[name]
        rows.append([data, name, NUMPY[dtype.name], shape, math.prod(shape) * dtype.size])
    # Keras 2 saved the optimizer too: only its own loader brings such a model back.
    model = tf_keras.models.load_model(folder, compile=False)
    parameters = model.count_params()
    loaded = tensorflow.saved_model.load(folder)
    serving = loaded.signatures["serving_default"]
    inputs = serving.structured_input_signature[1]
    outputs = serving.structured_outputs
    signature = {
        "inputs": [tensorflow_end(name, inputs[name]) for name in sorted(inputs)],
        "outputs": [tensorflow_end(name, outputs[name]) for name in sorted(outputs)],
    }
    return answer(rows, parameters, signature)


def main(root):
    def at(name):
        return os.path.join(root, name)

    facts = {
        "basic-pitch": saved_model(at("basic-pitch")),
        "basic-pitch-onnx": onnx_model(at("basic-pitch-onnx"), "nmp.onnx"),
        "all-minilm-l6-v2": safetensors_file(at("all-minilm-l6-v2"), "model.safetensors"),
        "silero-vad": torchscript(at("silero-vad"), "silero_vad.jit"),
        "silero-vad-onnx": onnx_model(at("silero-vad-onnx"), "silero_vad.onnx"),
        "silero-vad-16k": safetensors_file(at("silero-vad-16k"), "silero_vad_16k.safetensors"),
        "facenet-mtcnn": state_dicts(at("facenet-mtcnn"), "pnet.pt", "rnet.pt", "onet.pt"),
        "light-resnet50": onnx_model(at("light-resnet50"), "light_resnet50.onnx"),
    }
    print(json.dumps(facts))


main(sys.argv[1])
