"""Every key of a spec: what it takes, and a sentence about it. The checker and the schema read these."""

from __future__ import annotations

from nncli.netspec.kinds import (
    Key,
    boolean,
    choice,
    list_of,
    mapping,
    matrix,
    names,
    number,
    number_or_names,
    number_or_numbers,
    numbers,
    path,
    text,
    whole,
)
from nncli.netspec.model import LayerSpec, Spec
from nncli.nn.activations import ACTIVATIONS, default_alpha, meant_by

MAX_SEED = 2**32 - 1
MAX_UNITS = 10_000_000
MAX_ROWS = 10_000_000
"""Generated points are made in memory."""
MAX_CLASSES = 256

TAKE_ALPHA = [name for name in ACTIVATIONS if default_alpha(name) is not None]

LAYER = {
    "units": Key(whole(1, MAX_UNITS), "Number of neurons. May be left out where 'weights' tells it."),
    "activation": Key(
        choice("activation", ACTIVATIONS, meant_by),
        "What follows the weighted sums.",
        default=LayerSpec._field_defaults["activation"],
    ),
    "alpha": Key(
        number_or_numbers,
        f"The activation's parameter, for {', '.join(TAKE_ALPHA)} only; for prelu maybe one a neuron.",
    ),
    "weights": Key(matrix, "One row for each neuron, one number for each input. A flat list is one neuron."),
    "biases": Key(numbers, "One number for each neuron.", default=0),
    "weight_scale": Key(
        number,
        "Drawn weights are weight_scale * randn(n_inputs, n_neurons). Not together with 'weights'.",
        default=LayerSpec._field_defaults["weight_scale"],
    ),
    "name": Key(text, "What pictures and tables call the layer."),
}

OF_A_FILE = ("weights", "biases", "weight_scale")
"""Keys that a layer can't have where a weights file, the spec's own key 'weights', tells them."""
OF_DRAWN_WEIGHTS = ("weight_scale",)
"""Keys that a layer can't have beside 'weights'."""

_SAMPLES = "Number of points of each class."
_CLASSES = f"Number of classes, at most {MAX_CLASSES}."
GENERATED = {
    "samples": Key(whole(1, MAX_ROWS), _SAMPLES, default=100),
    "classes": Key(whole(1, MAX_ROWS), _CLASSES, default=3, extra={"maximum": MAX_CLASSES}),
}
SINE = {"samples": Key(whole(1, MAX_ROWS), "Number of points.", default=1000)}

_POINTS = mapping(GENERATED, "{samples: 100, classes: 3}", empty=True)
DATA = {
    "spiral": Key(_POINTS, "The nnfs package's spiral: two features."),
    "vertical": Key(_POINTS, "The nnfs package's vertical data: two features."),
    "sine": Key(mapping(SINE, "{samples: 1000}", empty=True), "The nnfs package's sine: one feature."),
    "values": Key(matrix, "Rows of numbers, written here. A flat list is one row."),
    "file": Key(path, "A file of rows, relative to the spec's folder."),
    "label": Key(text, "The file's column that holds the class of each row."),
}
SOURCES = ("spiral", "vertical", "sine", "values", "file")

SCALE = {
    "mean": Key(numbers, "One number for each input, subtracted from it.", default=0),
    "std": Key(numbers, "One number for each input, that it is divided by then.", default=1),
}

SPEC = {
    "seed": Key(whole(0, MAX_SEED), "Seeds the generator of weights and data.", default=Spec.seed),
    "nnfs": Key(boolean, "Reproduce nnfs.init() of the book, to the bit.", default=Spec.nnfs),
    "dtype": Key(
        choice("dtype", ["float64", "float32"]),
        "The numbers' precision. Default: the weights file's own, else float64; float32 with 'nnfs: true'.",
    ),
    "inputs": Key(number_or_names(MAX_UNITS), "Number of features, or a list of their names."),
    "scale": Key(mapping(SCALE, "{mean: [0], std: [1]}"), "Scales each input first: (x - mean) / std."),
    "layers": Key(
        list_of(mapping(LAYER, "{units: 3, activation: relu}"), "layer"),
        "A list of layers, such as {units: 3, activation: relu}",
        required=True,
    ),
    "outputs": Key(
        names,
        "Names of the last layer's units; for a single sigmoid unit the class of 0 and the class of 1.",
    ),
    "task": Key(
        choice("task", ["classification", "regression"]),
        "What the outputs mean: 'classification' gives a prediction for logits, too. "
        "Default: what the last layer says.",
    ),
    "data": Key(mapping(DATA, "{spiral: {samples: 100, classes: 3}}"), "The rows that go in."),
    "weights": Key(
        path, "A file with all weights (.npz, .safetensors, .pt, …), relative to the spec's folder."
    ),
    "layout": Key(
        choice("layout", ["units_inputs", "inputs_units"]),
        "How the weights file stores a matrix, where its names do not tell.",
    ),
}

KINDS = mapping(SPEC, "{inputs: 2, layers: [{units: 3}]}")
