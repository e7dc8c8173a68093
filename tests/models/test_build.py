from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from nncli.errors import SpecError
from nncli.models.build import build
from nncli.netspec import parse_spec
from nncli.netspec.model import LayerSpec, Spec
from nncli.nn.network import Network


def network_of(text: str, weights: Any = None) -> Network:
    """Build the network of a spec's text."""
    return build(parse_spec(text, "net.yaml"), weights)


def test_many_weights_are_drawn_from_one_stream() -> None:
    """Weights that are drawn in parts are those of one call."""
    network = network_of("inputs: 1501\nlayers: [{units: 1999, weight_scale: 1}]\n")
    expected = np.random.RandomState(0).randn(1501, 1999)
    assert (network.layers[0].weights == expected).all()


def test_weights_are_drawn_layer_after_layer() -> None:
    """Each layer draws randn(n_inputs, n_units) from one generator; biases are 0."""
    network = network_of("seed: 7\ninputs: 4\nlayers: [{units: 5}, {units: 2, weight_scale: 0.5}]")
    stream = np.random.RandomState(7)
    for layer, scale in zip(network.layers, (0.1, 0.5), strict=True):
        assert (layer.weights == scale * stream.randn(*layer.weights.shape)).all()
        assert not layer.biases.any()
    assert network.dtype == np.float64


def test_inline_weights_have_a_row_per_neuron() -> None:
    """The spec's matrix is turned: units by inputs becomes inputs by units; C-ordered."""
    network = network_of(
        "layers: [{weights: [[1, 2, 3], [4, 5, 6]], biases: [7, 8]}]\ninputs: 3\noutputs: [a, b]"
    )
    (layer,) = network.layers
    assert layer.weights.tolist() == [[1, 4], [2, 5], [3, 6]]
    assert layer.weights.flags.c_contiguous
    assert layer.biases.tolist() == [7, 8]
    assert network.outputs == ("a", "b")


def test_inputs_may_be_told_by_the_weights() -> None:
    """Where `inputs` is left out, the first layer's inline weights tell their number."""
    network = network_of("layers: [{weights: [[1, 2, 3]]}]")
    assert network.inputs == ("x0", "x1", "x2")
    assert not network.named_inputs
    assert network_of("inputs: [a, b]\nlayers: [{units: 1}]").named_inputs


def test_other_data_never_change_the_weights() -> None:
    """With nnfs the spec's own data come before the weights; else they have a generator of their own."""
    layers = "inputs: 2\nlayers: [{units: 3}]\n"
    data = "data: {spiral: {samples: 10, classes: 2}}\n"
    plain, plain_data = network_of(layers), network_of(layers + data)
    assert (plain.layers[0].weights == plain_data.layers[0].weights).all()
    book, book_data = network_of("nnfs: true\n" + layers), network_of("nnfs: true\n" + layers + data)
    stream = np.random.RandomState(0)
    first = np.float32(0.1) * stream.randn(2, 3).astype(np.float32)
    assert (book.layers[0].weights == first).all()
    stream = np.random.RandomState(0)
    stream.randn(10), stream.randn(10)
    later = np.float32(0.1) * stream.randn(2, 3).astype(np.float32)
    assert (book_data.layers[0].weights == later).all()


@pytest.mark.parametrize(
    ("line", "file_dtype", "expected"),
    [
        ("", None, np.float64),
        ("", np.float32, np.float32),
        ("", np.float16, np.float32),
        ("", np.float64, np.float64),
        ("dtype: float32\n", np.float64, np.float32),
        ("dtype: float64\n", np.float32, np.float64),
        ("nnfs: true\n", np.float64, np.float32),
    ],
)
def test_the_dtype_is_decided_once(line: str, file_dtype: Any, expected: type) -> None:
    """The spec's dtype, else the file's, else NumPy's default; with nnfs float32."""
    weights = None if file_dtype is None else [(np.ones((2, 3), file_dtype), None)]
    file = "" if weights is None else "\nweights: w.npz"
    network = network_of(line + "inputs: 2\nlayers: [{units: 3}]" + file, weights)
    assert network.dtype == network.layers[0].biases.dtype == network([[1, 2]]).dtype == expected


def test_a_file_completes_the_spec() -> None:
    """Inputs and units that the spec leaves open are those of the weights file."""
    text = "layers: [{activation: relu}, {name: last}]\nweights: w.npz"
    network = network_of(text, [(np.ones((4, 3)), np.ones(3)), (np.ones((3, 2)), None)])
    assert (network.n_inputs, network.n_outputs) == (4, 2)
    assert network.layers[1].name == "last"
    assert network([[0, 0, 0, 0]]).tolist() == [[3, 3]]


@pytest.mark.parametrize(
    ("text", "shapes", "problem"),
    [
        (
            "layers: [{}]\nweights: w.npz",
            [(2, 3), (3, 1)],
            "net.yaml:2:10: w.npz holds 2 layers, the spec has 1",
        ),
        (
            "inputs: 3\nlayers: [{}]\nweights: w.npz",
            [(2, 3)],
            "net.yaml:1:9: layers[0] gets 3 inputs, but its weights in w.npz are for 2",
        ),
        (
            "layers: [{}, {}]\nweights: w.npz",
            [(2, 3), (4, 1)],
            "net.yaml:1:14: layers[1] gets 3 inputs, but its weights in w.npz are for 4",
        ),
        (
            "layers: [{units: 4}]\nweights: w.npz",
            [(2, 3)],
            "net.yaml:1:18: layers[0].units is 4, but w.npz holds 3 units",
        ),
        (
            "layers: [{}]\noutputs: [a, b]\nweights: w.npz",
            [(2, 3)],
            "net.yaml:2:10: outputs: the last layer needs 3 names, not 2",
        ),
        (
            "layers: [{activation: sigmoid}]\noutputs: [a]\nweights: w.npz",
            [(2, 1)],
            "net.yaml:2:10: outputs: the last layer needs 2 names, not 1",
        ),
    ],
)
def test_a_file_that_does_not_fit_is_refused(text: str, shapes: list[Any], problem: str) -> None:
    """A weights file of other shapes is named with the place that it contradicts."""
    with pytest.raises(SpecError) as caught:
        network_of(text, [(np.ones(shape), None) for shape in shapes])
    assert caught.value.problems == (problem,)


def test_biases_of_another_length_are_refused() -> None:
    """A file whose biases are not one per unit is refused."""
    with pytest.raises(SpecError, match=r"layers\[0\] has 3 units, but w.npz holds 2 biases"):
        network_of("layers: [{}]\nweights: w.npz", [(np.ones((2, 3)), np.ones(2))])


def test_a_number_too_large_for_float32_is_refused() -> None:
    """A weight that would become infinite is named, not stored."""
    with pytest.raises(SpecError, match=r"layers\[0\].weights: 1e\+300 is too large for float32"):
        network_of("inputs: 1\ndtype: float32\nlayers: [{weights: [[1e300]]}]")


def test_more_weights_than_memory_are_refused() -> None:
    """A layer that no machine holds ends in one line."""
    spec = Spec(name="net.yaml", inputs=10**7, layers=(LayerSpec(units=10**7),))
    with pytest.raises(
        SpecError, match=r"layers\[0\].units: 10000000 x 10000000 weights do not fit in memory"
    ):
        build(spec)


@pytest.mark.parametrize(
    ("spec", "problem"),
    [
        (Spec(name="n.yaml", inputs=None, layers=(LayerSpec(units=1),)), "n.yaml: missing key 'inputs'"),
        (
            Spec(name="n.yaml", inputs=2, layers=(LayerSpec(units=None),)),
            "n.yaml: layers[0]: missing key 'units'",
        ),
    ],
)
def test_a_spec_that_leaves_shapes_open_needs_its_file(spec: Spec, problem: str) -> None:
    """Where a shape is the file's to tell and no file came, the missing key is named."""
    with pytest.raises(SpecError) as caught:
        build(spec)
    assert caught.value.problems[0].startswith(problem)


def test_scale_is_applied_before_the_first_layer() -> None:
    """Inputs become (x - mean) / std."""
    network = network_of(
        "inputs: 2\nscale: {mean: [1, 2], std: [2, 4]}\nlayers: [{weights: [[1, 0], [0, 1]]}]"
    )
    assert network([[3, 10], [1, 2]]).tolist() == [[1, 2], [0, 0]]
    with pytest.raises(SpecError, match="scale: 3 inputs need as many numbers in mean and in std"):
        network_of("scale: {mean: [1], std: [2]}\nlayers: [{}]\nweights: w.npz", [(np.ones((3, 1)), None)])
