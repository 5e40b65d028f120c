"""keras.applications: each family's smallest, and those that are built otherwise, of small images."""

from make import CLASSES, KERAS, keras, main

# Those that begin with a layer which scales bytes.
BYTES = (0, 255)
AROUND_ZERO = (-1, 1)


# Keras 3 has them no more.
KERAS_2 = [("RegNetX002", 32, BYTES), ("RegNetY002", 32, BYTES), ("ResNetRS50", 32, BYTES)]


def of(name, size, values):
    shape = (size, size, 3)
    constructor = getattr(keras.applications, name)
    return lambda: constructor(weights=None, classes=CLASSES, input_shape=shape), shape, values


ARCHITECTURES = {
    name: of(name, size, values)
    for name, size, values in [
        ("VGG16", 32, AROUND_ZERO),
        ("ResNet50", 32, AROUND_ZERO),
        ("ResNet50V2", 32, AROUND_ZERO),
        ("MobileNet", 32, AROUND_ZERO),
        ("MobileNetV2", 32, AROUND_ZERO),
        ("MobileNetV3Small", 32, BYTES),
        ("MobileNetV3Large", 32, BYTES),
        ("DenseNet121", 32, AROUND_ZERO),
        ("InceptionV3", 75, AROUND_ZERO),
        ("InceptionResNetV2", 75, AROUND_ZERO),
        ("Xception", 71, AROUND_ZERO),
        ("EfficientNetB0", 32, BYTES),
        ("EfficientNetV2B0", 32, BYTES),
        ("EfficientNetV2S", 32, BYTES),
        ("ConvNeXtTiny", 32, BYTES),
        *(KERAS_2 if KERAS == 2 else []),
    ]
}

if __name__ == "__main__":
    main(ARCHITECTURES)
