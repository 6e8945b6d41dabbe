"""Writes the request bodies of tritonclient 2.73.0 (numpy 2.4.6) that openinference's tests send: python gen/triton.py, in testdata.

Each file is a line with the length of the JSON part, or 0 where the client sends no such header, and then the body.
"""

import numpy as np
import tritonclient.http as triton


def column(name, values, datatype, binary):
    tensor = triton.InferInput(name, values.shape, datatype)
    tensor.set_data_from_numpy(values, binary_data=binary)
    return tensor


def payments(binary):
    text = lambda *v: np.array(v, dtype=object)
    return [
        column("amount", np.array([42.5, 17.25]), "FP64", binary),
        column("credit_limit", np.array([5000.0, 2500.0], dtype=np.float32), "FP32", binary),
        column("age", np.array([41, 18], dtype=np.int32), "INT32", binary),
        column("tenure", np.array([24.0, np.nan if binary else 3.0]), "FP64", binary),
        column("country", text("DE", "FR"), "BYTES", binary),
        column("channel", text("web", "app"), "BYTES", binary),
        column("member", np.array([True, False]), "BOOL", binary),
    ]


for name, binary in (("json", False), ("binary", True)):
    outputs = [triton.InferRequestedOutput(o, binary_data=binary) for o in ("prediction", "probability")]
    for suffix, wanted in (("", outputs), ("-default", None)):
        body, length = triton.InferenceServerClient.generate_request_body(payments(binary), outputs=wanted, request_id="7")
        with open(f"triton-{name}{suffix}.bin", "wb") as f:
            f.write(b"%d\n" % (length or 0))
            f.write(body if isinstance(body, bytes) else body.encode())
