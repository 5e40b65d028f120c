"""What ONNX Runtime makes of a file as it is: exporters write some that are not the model they were made of, or that nothing computes."""

import numpy as np
import onnxruntime


def own_error(path, samples, probabilities, read=lambda outputs: outputs[0]):
    """
    The largest difference of a probability to the library's, or what ONNX Runtime says where it refuses the file.

    samples: in the file's layout, or one array for each of its inputs; read: of the outputs, `[n, classes]`.
    """
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    try:
        session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        inputs = session.get_inputs()
        values = np.split(samples, len(inputs), 1) if len(inputs) > 1 else [samples]
        # A file of one sample at a time gets them so.
        rows = 1 if inputs[0].shape[0] == 1 else len(samples)
        computed = [
            read(session.run(None, {own.name: typed(value[at : at + rows], own) for own, value in zip(inputs, values, strict=True)}))
            for at in range(0, len(samples), rows)
        ]
    except Exception as error:  # ONNX Runtime has an exception for each of its codes.
        return f"{type(error).__name__}: {error}".strip().splitlines()[0][:300]
    return float(np.abs(np.concatenate(computed) - probabilities).max())


def typed(values, of):
    return values.astype(np.float64 if of.type == "tensor(double)" else np.float32)
