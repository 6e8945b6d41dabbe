def onnx_cases(out):
    pass
