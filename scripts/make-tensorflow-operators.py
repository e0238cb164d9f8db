"""Renews lib/scan/data/tensorflow-operators.json: the names of all operators that TensorFlow itself has.

Run with TensorFlow installed: python3 scripts/make-tensorflow-operators.py
"""

import json
import pathlib

import tensorflow
from tensorflow.core.framework import op_def_pb2
from tensorflow.python.client import pywrap_tf_session

operators = op_def_pb2.OpList()
operators.ParseFromString(pywrap_tf_session.TF_GetBuffer(pywrap_tf_session.TF_GetAllOpList()))
target = pathlib.Path(__file__).parent.parent / "lib/scan/data/tensorflow-operators.json"
facts = {
    "source": "TF_GetAllOpList()",
    "version": tensorflow.__version__,
    "names": " ".join(sorted(operator.name for operator in operators.op)),
}
target.write_text(json.dumps(facts, indent=2) + "\n")
