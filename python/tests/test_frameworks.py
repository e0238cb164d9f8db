"""Models of the other frameworks predict in a fresh process what they predicted before they were registered."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import onnx
import pytest
import xgboost
from conftest import run_python
from onnx import TensorProto, helper, numpy_helper
from sklearn.ensemble import RandomForestClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from model_registry import ModelRegistry
from model_registry.errors import CannotLoad, UnsafeModel, VersionQuarantined

RANDOM = np.random.default_rng(0)
FEATURES = RANDOM.random((60, 4)).astype(np.float32)
CLASSES = (FEATURES[:, 0] > 0.5).astype(int)


def matrix_product(weights: np.ndarray) -> onnx.ModelProto:
    rows, columns = weights.shape
    graph = helper.make_graph(
        [helper.make_node("MatMul", ["x", "w"], ["y"])],
        "product",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [None, rows])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [None, columns])],
        [numpy_helper.from_array(weights, "w")],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)


PREDICT_ALL = """
import json, sys
import numpy as np
from model_registry import ModelRegistry
registry = ModelRegistry()
names = json.loads(sys.argv[1])
x = np.array(json.loads(sys.argv[2]), dtype=np.float32)
out = {
    "onnx": registry.load_model(names["onnx"]).run(None, {"x": x})[0].tolist(),
    "sklearn": registry.load_model(names["sklearn"], trust=True).predict_proba(x).tolist(),
    "xgboost": registry.load_model(names["xgboost"]).predict_proba(x).tolist(),
}
print(json.dumps(out))
"""


def test_onnx_sklearn_and_xgboost(registry: ModelRegistry, name: str) -> None:
    weights = RANDOM.random((4, 3)).astype(np.float32)
    forest = make_pipeline(StandardScaler(), RandomForestClassifier(5, random_state=0)).fit(FEATURES, CLASSES)
    boosted = xgboost.XGBClassifier(n_estimators=3).fit(FEATURES, CLASSES)
    models = {"onnx": matrix_product(weights), "sklearn": forest, "xgboost": boosted}
    names = {kind: f"{name}-{kind}" for kind in models}
    versions = {kind: registry.register_model(model=model, name=names[kind]) for kind, model in models.items()}
    assert {kind: version.format for kind, version in versions.items()} == {
        "onnx": "onnx",
        "sklearn": "pickle",
        "xgboost": "xgboost",
    }
    assert versions["sklearn"].framework == "sklearn"
    found = {model.name for model in registry.search(name)}
    assert found == set(names.values())
    printed = json.loads(run_python(PREDICT_ALL, json.dumps(names), json.dumps(FEATURES.tolist())))
    assert np.allclose(printed["onnx"], FEATURES @ weights, atol=1e-5)
    assert np.allclose(printed["sklearn"], forest.predict_proba(FEATURES))
    assert np.allclose(printed["xgboost"], boosted.predict_proba(FEATURES), atol=1e-6)


def test_an_estimator_needs_trust_before_a_byte_is_fetched(
    registry: ModelRegistry, name: str, environment: Path
) -> None:
    registry.register_model(model=StandardScaler().fit(FEATURES), name=name)
    with pytest.raises(UnsafeModel, match="trust=True"):
        registry.load_model(name)
    assert list((environment / "blobs").glob("*/*")) == []


def test_xgboost_gives_back_the_kind_that_was_saved(registry: ModelRegistry, name: str) -> None:
    regressor = xgboost.XGBRegressor(n_estimators=2).fit(FEATURES, CLASSES)
    registry.register_model(model=regressor, name=name)
    assert isinstance(registry.load_model(name), xgboost.XGBRegressor)
    registry.register_model(model=regressor.get_booster(), name=name, bump="minor")
    assert type(registry.load_model(name, version="1.1.0")) is xgboost.Booster


def test_onnx_with_external_data(registry: ModelRegistry, name: str, tmp_path: Path) -> None:
    weights = RANDOM.random((4, 500)).astype(np.float32)
    folder = tmp_path / "external"
    folder.mkdir()
    onnx.save(
        matrix_product(weights),
        folder / "model.onnx",
        save_as_external_data=True,
        location="weights.bin",
        size_threshold=0,
    )
    registry.register_model(folder, name=name)
    for _ in range(2):
        session = registry.load_model(name)
        assert np.allclose(session.run(None, {"x": FEATURES})[0], FEATURES @ weights, atol=1e-4)
    # The onnx package refuses hard links, as which the cache keeps files: a folder of the user's own has copies.
    own = registry.download(name, path=tmp_path / "own")
    assert len(onnx.load(str(own / "model.onnx")).graph.initializer) == 1


def test_one_of_several_models_is_named(registry: ModelRegistry, name: str, tmp_path: Path) -> None:
    folder = tmp_path / "several"
    folder.mkdir()
    for part, scale in (("encoder", 1), ("decoder", 2)):
        onnx.save(matrix_product(np.full((4, 1), scale, np.float32)), folder / f"{part}.onnx")
    registry.register_model(folder, name=name)
    with pytest.raises(CannotLoad, match=r"several models \(decoder.onnx, encoder.onnx\)"):
        registry.load_model(name)
    session = registry.load_model(name, file="decoder.onnx")
    assert session.run(None, {"x": np.ones((1, 4), np.float32)})[0] == 8


def test_keras_and_tensorflow(registry: ModelRegistry, name: str, tmp_path: Path) -> None:
    """One test, since every process that imports TensorFlow takes its time."""
    import keras
    import tensorflow as tf

    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, activation="relu"), keras.layers.Dense(1)])
    before = model.predict(FEATURES, verbose=0)
    assert registry.register_model(model=model, name=f"{name}-keras").framework == "keras"
    model.save(tmp_path / "model.h5")
    registry.register_model(tmp_path / "model.h5", name=f"{name}-h5")
    model.export(tmp_path / "saved", verbose=False)
    assert registry.register_model(tmp_path / "saved", name=f"{name}-saved").format == "saved-model"
    module = tf.Module()
    module.double = tf.function(lambda x: x * 2.0, input_signature=[tf.TensorSpec([None])])
    registry.register_model(model=module, name=f"{name}-module")
    converter = tf.lite.TFLiteConverter.from_saved_model(str(tmp_path / "saved"))
    (tmp_path / "model.tflite").write_bytes(converter.convert())
    registry.register_model(tmp_path / "model.tflite", name=f"{name}-lite")
    weights = tf.train.Checkpoint(w=tf.Variable([1.0, 2.0]))
    weights.write(str(tmp_path / "checkpoint" / "ck"))
    registry.register_model(tmp_path / "checkpoint", name=f"{name}-checkpoint")

    code = """
import json, sys
import numpy as np
import tensorflow as tf
from model_registry import ModelRegistry
registry = ModelRegistry()
name = sys.argv[1]
x = np.array(json.loads(sys.argv[2]), dtype=np.float32)
lite = registry.load_model(f"{name}-lite")
inputs, outputs = lite.get_input_details()[0], lite.get_output_details()[0]
lite.resize_tensor_input(inputs["index"], x.shape)
lite.allocate_tensors()
lite.set_tensor(inputs["index"], x)
lite.invoke()
reader = registry.load_model(f"{name}-checkpoint")
# TensorFlow frees the variables of an object that nobody holds, also while its function runs.
saved = registry.load_model(f"{name}-saved")
module = registry.load_model(f"{name}-module")
print("RESULT" + json.dumps({
    "keras": registry.load_model(f"{name}-keras").predict(x, verbose=0).tolist(),
    "h5": registry.load_model(f"{name}-h5").predict(x, verbose=0).tolist(),
    "saved": saved.serve(x).numpy().tolist(),
    "double": module.double(tf.constant([3.0])).numpy().tolist(),
    "lite": lite.get_tensor(outputs["index"]).tolist(),
    "checkpoint": reader.get_tensor("w/.ATTRIBUTES/VARIABLE_VALUE").tolist(),
}))
"""
    printed = json.loads(run_python(code, name, json.dumps(FEATURES.tolist())).rpartition("RESULT")[2])
    for kind in ("keras", "h5", "saved", "lite"):
        assert np.allclose(printed[kind], before, atol=1e-5), kind
    assert printed["double"] == [6.0]
    assert printed["checkpoint"] == [1.0, 2.0]

    with_code = keras.Sequential([keras.Input((4,)), keras.layers.Lambda(lambda x: x * 2)])
    with_code.save(tmp_path / "lambda.keras")
    registry.register_model(tmp_path / "lambda.keras", name=f"{name}-lambda")
    with pytest.raises(VersionQuarantined, match="malicious"):
        registry.load_model(f"{name}-lambda", trust=True, accept_risk=True)
