"""Every cell of the notebook, to the digit."""

import numpy as np
import pytest

import nncli

LAYER = [[4.8, 1.21, 2.385], [8.9, -1.81, 0.2], [1.41, 1.051, 0.026]]

CELLS = [
    ("neuron", [[2.3]]),
    ("output_neuron", [[4.8]]),
    ("layer", LAYER[:1]),
    ("batch", LAYER),
    (
        "two_layers",
        [[0.5031, -1.04185, -2.03875], [0.2434, -2.7332, -5.7633], [-0.99314, 1.41254, -0.35655]],
    ),
    ("layer_dense", [[0.148296, -0.08397602], [0.14100315, -0.01340469], [0.20124979, -0.07290616]]),
    (
        "layer_dense_notebook",
        [[-0.08420453, -0.03136665], [-0.08298085, 0.057347], [-0.17690916, -0.09676833]],
    ),
    (
        "softmax",
        [
            [6.80077638e-01, 1.87690074e-02, 6.07767288e-02, 2.40376625e-01],
            [9.99253009e-01, 2.23039387e-05, 1.66461373e-04, 5.58225659e-04],
            [4.12190532e-01, 2.87863296e-01, 1.03284333e-01, 1.96661839e-01],
        ],
    ),
]


def numbers(csv, prefix):
    """Return the columns of a CSV text whose names begin with the prefix."""
    header, *rows = [line.split(",") for line in csv.splitlines()]
    columns = [i for i, name in enumerate(header) if name.startswith(prefix)]
    return np.array([[float(row[i]) for i in columns] for row in rows])


@pytest.mark.parametrize(("name", "printed"), CELLS)
def test_a_cell_prints_the_notebooks_numbers(cli, configs, name, printed):
    """`nncli run` on a cell's spec gives the digits that the notebook shows."""
    result = cli("run", configs / f"{name}.yaml")
    assert result.exit_code == 0, result.stderr
    prefix = "probability" if name == "softmax" else "output"
    np.testing.assert_allclose(numbers(result.stdout, prefix), printed, rtol=0, atol=5.1e-9)


def test_the_first_layer_of_the_notebooks_own_printout(cli, configs):
    """--trace shows the first layer's outputs that the notebook printed."""
    result = cli("run", configs / "layer_dense_notebook.yaml", "--trace")
    printed = [
        [-0.12088873, 0.43034258, 0.53633118, -0.08341587, -0.05415085],
        [-0.20888481, -0.20167584, 0.72514546, -0.33075799, 0.2127461],
        [-0.62566662, 0.76797946, 0.48532311, -0.14053423, -0.40505212],
    ]
    np.testing.assert_allclose(numbers(result.stdout, "layer0_a"), printed, rtol=0, atol=5.1e-9)


def test_the_relu_cell(cli, configs):
    """The spiral's weighted sums are those that the notebook printed, and ReLU cuts them at 0."""
    result = cli("run", configs / "relu.yaml", "--trace")
    z = numbers(result.stdout, "layer0_z")
    first = [-8.35815910e-04, -7.90404272e-04, -1.33452227e-03, 4.65504505e-04, 4.56846210e-05]
    last = [1.07817926e-01, -2.00809643e-01, -3.37579325e-02, 8.72561932e-02, -6.81458861e-02]
    assert z.shape == (300, 5)
    assert (np.float32(z[1]) == np.array(first, np.float32)).all()
    assert (np.float32(z[-1]) == np.array(last, np.float32)).all()
    assert (numbers(result.stdout, "output") == np.maximum(0, z)).all()


def test_the_books_probabilities(cli, configs):
    """With weight_scale 0.01 the spiral's first rows are the book's."""
    scales = [option for layer in (0, 1) for option in ("--set", f"layers.{layer}.weight_scale=0.01")]
    result = cli("run", configs / "spiral.yaml", "--limit", "5", *scales)
    probabilities = numbers(result.stdout, "probability")
    assert probabilities.shape == (5, 3)
    np.testing.assert_allclose(probabilities[0], [0.33333334] * 3, rtol=0, atol=1e-7)
    np.testing.assert_allclose(probabilities[1], [0.33333316, 0.3333332, 0.33333364], rtol=0, atol=1e-7)
    np.testing.assert_allclose(probabilities[4], [0.33333233, 0.3333324, 0.33333528], rtol=0, atol=1e-7)


def test_the_notebooks_last_cell(cli, configs):
    """With the notebook's weight scale, row 1 of the spiral comes out to the digit."""
    result = cli("run", configs / "spiral.yaml", "--limit", "2")
    expected = [0.33331734, 0.3333183, 0.33336434]
    np.testing.assert_allclose(numbers(result.stdout, "probability")[1], expected, rtol=0, atol=6e-8)


def test_the_spiral_command_is_the_last_cell(cli, configs):
    """`nncli spiral` prints what its spec prints."""
    assert cli("spiral").stdout == cli("run", configs / "spiral.yaml").stdout


def test_iris_is_learned(cli, configs):
    """More than 95 % of the flowers get their own species, which the output keeps beside the prediction."""
    result = cli("run", configs / "iris.yaml")
    header, *rows = [line.split(",") for line in result.stdout.splitlines()]
    assert header[:2] == ["species", "prediction"]
    assert len(rows) == 150
    assert sum(row[0] == row[1] for row in rows) / len(rows) > 0.95


@pytest.mark.parametrize("path", ["spiral", "neuron", "relu", "iris", "softmax"])
def test_the_python_face_gives_the_same_network(configs, path):
    """`nncli.load` takes rows to outputs, (n_rows, n_inputs) -> (n_rows, n_outputs)."""
    network = nncli.load(configs / f"{path}.yaml")
    assert network(np.zeros((4, network.n_inputs))).shape == (4, network.n_outputs)
