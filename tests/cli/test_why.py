"""``nncli compare SPEC DATA --with FILE --why``: the mistake found."""

import json
import pickle

import numpy as np
import pytest

from nncli import datasets
from nncli.netspec.model import GeneratedData
from nncli.nn.activations import ACTIVATIONS

BATCH = """\
array([[ 4.8  ,  9.9  , -0.09 ],
       [ 0.21 , -1.81 , -1.449],
       [ 3.885,  2.7  ,  0.026]])
"""
SECOND = """\
[[-0.35   2.64  -1.89 ]
 [-3.98  -0.27  -0.763]
 [ 1.805  6.64   1.006]]
"""
AXIS, SOURCE = "biases on the wrong axis", "a layer fed with the wrong layer's outputs"
NET = """\
inputs: 3
layers:
  - weights: [[1, -2, 0.5], [0.25, 1, -1], [2, 0.5, 1.5], [-1, 0.75, 1]]
    biases: [1, -1, 0.5, 2]
    activation: relu
  - weights: [[1, 0.5, -0.25, 1], [0.5, -1, 1, 0.25], [2, 1, 0.5, -1]]
    biases: [0.1, -0.2, 0.3]
    activation: softmax
data: {values: [[0.5, -1, 2], [1, 0.25, -0.75], [-2, 1.5, 0.125], [0.3, 0.6, -0.9], [1.25, -0.5, 0.7]]}
"""
X = np.array([[0.5, -1, 2], [1, 0.25, -0.75], [-2, 1.5, 0.125], [0.3, 0.6, -0.9], [1.25, -0.5, 0.7]])
W0 = np.array([[1, -2, 0.5], [0.25, 1, -1], [2, 0.5, 1.5], [-1, 0.75, 1]]).T
b0 = np.array([1, -1, 0.5, 2])
W1 = np.array([[1, 0.5, -0.25, 1], [0.5, -1, 1, 0.25], [2, 1, 0.5, -1]]).T
b1 = np.array([0.1, -0.2, 0.3])


def softmax(z, axis=1):
    """Return exp(z) as shares of its sums."""
    return np.exp(z) / np.exp(z).sum(axis=axis, keepdims=True)


@pytest.fixture
def net(tmp_path, monkeypatch):
    """Return a spec with its rows, in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "net.yaml").write_text(NET)
    return tmp_path / "net.yaml"


@pytest.fixture
def why(cli):
    """Run the command and return what it says of the reason, and its result."""

    def run(*args):
        result = cli("compare", *args, "--why", "-f", "json")
        return json.loads(result.stdout)["why"], result

    return run


def named(report):
    """Return the names of the mistakes of each explanation, and their layers."""
    return [[(m["name"], m["layers"]) for m in said["mistakes"]] for said in report["explanations"]]


@pytest.mark.parametrize(
    ("spec", "printed", "mistakes", "first"),
    [
        ("batch", BATCH, [(AXIS, [0])], (0, 0, 1, 1.21, 0.21)),
        ("second_layer", SECOND, [(AXIS, [0])], (0, 0, 1, -0.98, -3.98)),
        ("two_layers_fitting", SECOND, [(AXIS, [1]), (SOURCE, [1])], (1, 0, 0, 0.3867, -0.35)),
    ],
)
def test_the_notebook_s_mistakes_are_found_in_its_printed_numbers(
    why, configs, tmp_path, spec, printed, mistakes, first
):
    """As it prints them: a row for each neuron, few digits; alone, and where two meet."""
    (tmp_path / "printed.txt").write_text(printed)
    report, result = why(configs / f"{spec}.yaml", "--with", tmp_path / "printed.txt")
    assert result.exit_code == 1
    assert (named(report), report["turned"]) == ([mistakes], True)
    place = report["explanations"][0]["first"]
    assert (place["layer"], place["values"], place["row"], place["unit"]) == (first[0], "z", *first[1:3])
    assert [place["here"], place["there"]] == pytest.approx(list(first[3:]))


def test_a_sentence_says_the_mistake_the_place_and_what_is_right(cli, configs, tmp_path):
    """In the table, and in one line on standard error."""
    (tmp_path / "printed.txt").write_text(BATCH)
    result = cli("compare", configs / "batch.yaml", "--with", tmp_path / "printed.txt", "--why")
    lines = [line for line in result.stderr.splitlines() if AXIS in line]
    assert len(lines) == 1
    for part in ("layers[0]", "row 0, unit 1: 1.21 here, 0.21 there", "right is z = x @ W + b"):
        assert part in lines[0]
        assert part.removeprefix("right is ") in result.stdout
    assert "turned over" in result.stdout


WAYS = {
    "mine.npy": lambda path, out: np.save(path, out),
    "turned.npy": lambda path, out: np.save(path, out.T),
    "mine.npz": lambda path, out: np.savez(path, output=out),
    "nameless.npz": lambda path, out: np.savez(path, out),
    "plain.csv": lambda path, out: np.savetxt(path, out, delimiter=","),
    "turned.csv": lambda path, out: np.savetxt(path, out.T, delimiter=","),
    "named.csv": lambda path, out: np.savetxt(
        path, out, delimiter=",", comments="", header="probability_0,probability_1,probability_2"
    ),
    "digits.csv": lambda path, out: np.savetxt(path, out, "%.4f", delimiter=","),
    "printed.txt": lambda path, out: path.write_text(f"{out}\n"),
    "list.txt": lambda path, out: path.write_text(f"{out.tolist()}\n"),
    "rows.jsonl": lambda path, out: path.write_text("".join(f"{row}\n" for row in out.tolist())),
}


@pytest.mark.parametrize("way", WAYS)
def test_a_file_may_be_any_of_these(why, net, tmp_path, way):
    """Tables, arrays and prints; as rows or turned over; with few digits."""
    out = softmax(X @ W0 @ W1 + (b0 @ W1 + b1))
    WAYS[way](tmp_path / way, out)
    report, result = why(net, "--with", way)
    assert result.exit_code == 1
    assert named(report) == [[("activation forgotten", [0])]]
    assert report["turned"] == way.startswith("turned")
    right = softmax(np.maximum(0, X @ W0 + b0) @ W1 + b1)
    WAYS[way](tmp_path / way, right)
    report, result = why(net, "--with", way)
    assert (result.exit_code, result.stderr, named(report)) == (0, "", [])


def test_layers_are_looked_at_where_the_file_has_them(why, net, tmp_path):
    """The first layer is right there, so that the mistake is the second one's, though outputs fit both."""
    z0 = X @ W0 + b0
    np.savez(tmp_path / "mine.npz", z0=z0, a0=np.maximum(0, z0), output=softmax(z0 @ W1 + b1), loss=1.5)
    report, _ = why(net, "--with", "mine.npz")
    assert named(report) == [[(SOURCE, [1])]]
    assert report["explanations"][0]["same_numbers"] == []
    assert report["ignored"] == ["loss"]
    np.savez(tmp_path / "mine.npz", output=softmax(z0 @ W1 + b1))
    (said,) = why(net, "--with", "mine.npz")[0]["explanations"]
    assert [m["name"] for m in said["mistakes"]] == ["activation forgotten"]
    assert [[m["name"] for m in alike] for alike in said["same_numbers"]] == [[SOURCE]]


def test_a_trace_that_run_has_written_is_a_table_of_layers(cli, why, net):
    """Columns of layers are found by their names, also where there are no outputs."""
    changed = ("--set", "layers.0.biases=[0,0,0,0]", "--trace")
    cli("run", net, *changed, "-o", "theirs.csv")
    assert named(why(net, "--with", "theirs.csv")[0]) == [[("biases left out", [0])]]
    lines = (net.parent / "theirs.csv").read_text().splitlines()
    (net.parent / "sums.csv").write_text("\n".join(",".join(line.split(",")[:4]) for line in lines) + "\n")
    report, result = why(net, "--with", "sums.csv")
    assert named(report) == [[("biases left out", [0])]]
    assert "layer0_z_3" in result.stdout


def test_no_mistake_is_named_where_none_explains_it(cli, why, net, tmp_path):
    """It is said in words, with exit 1."""
    np.save(tmp_path / "mine.npy", np.random.RandomState(1).rand(5, 3))
    report, result = why(net, "--with", "mine.npy")
    assert (result.exit_code, named(report)) == (1, [])
    result = cli("compare", net, "--with", "mine.npy", "--why")
    assert "no known mistake explains it" in result.stdout
    assert "no known mistake explains it" in result.stderr


def test_nan_names_nothing(cli, why, net, tmp_path):
    """Numbers that are none can't tell; exit 1."""
    out = softmax(X @ W0 @ W1 + (b0 @ W1 + b1))
    out[3, 1] = np.nan
    np.save(tmp_path / "mine.npy", out)
    report, result = why(net, "--with", "mine.npy")
    assert (result.exit_code, named(report), report["nan"]) == (1, [], True)
    assert "NaN" in cli("compare", net, "--with", "mine.npy", "--why").stdout


@pytest.mark.parametrize(
    ("name", "write", "exit_code", "message"),
    [
        ("mine.npz", lambda path: np.savez(path, output=np.array([{}])), 1, "Python objects"),
        ("mine.npy", lambda path: np.save(path, np.array([{}])), 1, "Python objects"),
        ("mine.npz", lambda path: path.write_bytes(pickle.dumps([1])), 1, "not a sound zip archive"),
        ("mine.npz", lambda path: np.savez(path, x=1, y=2), 1, "numbers are called z0, a0, z1"),
        ("mine.npz", lambda path: np.savez(path), 1, "holds nothing"),
        ("mine.npy", lambda path: np.save(path, np.zeros((4, 7))), 1, "a1 4 x 7: not rows x units"),
        ("mine.npy", lambda path: np.save(path, np.zeros((0, 3))), 1, "a1 0 x 3: not rows x units"),
        ("mine.npy", lambda path: np.save(path, np.zeros(3, complex)), 1, "complex"),
        ("mine.txt", lambda path: path.write_text("[[1. 2. ... 3.]]"), 1, "leaves numbers out"),
        ("mine.csv", lambda path: path.write_text("a,b\n1,2\n"), 1, "not rows x units"),
        ("mine.csv", lambda path: path.write_text("a,b,c\n1,2,x\n"), 1, "'x' is not a number"),
        ("mine.csv", lambda path: path.write_text(""), 1, "mine.csv: "),
        ("onnxruntime", lambda path: None, 2, "--with FILE"),
        ("nothing.npz", lambda path: None, 1, "no such file"),
    ],
)  # fmt: skip
def test_what_is_no_result_is_refused_in_a_line(cli, net, tmp_path, name, write, exit_code, message):
    """Nothing is unpickled, and no traceback comes out."""
    write(tmp_path / name)
    result = cli("compare", net, "--with", name, "--why")
    assert (result.exit_code, result.stdout, result.stderr.count("\n")) == (exit_code, "", 1)
    assert message in result.stderr


def test_results_come_on_standard_input_with_a_line_of_names(shell, net):
    """Without one, the first row would be lost."""
    right = softmax(np.maximum(0, X @ W0 + b0) @ W1 + b1)
    rows = "".join(",".join(map(repr, row)) + "\n" for row in right.tolist())
    result = shell("compare", net, "--with", "-", "--why", stdin="a,b,c\n" + rows)
    assert (result.exit_code, result.stderr) == (0, "")
    result = shell("compare", net, "--with", "-", "--why", stdin=rows)
    assert (result.exit_code, result.stdout, result.stderr.count("\n")) == (1, "", 1)


def test_a_network_that_overflows_is_compared_all_the_same(why, tmp_path):
    """Infinities equal themselves, and NaN fits nothing."""
    spec = tmp_path / "net.yaml"
    spec.write_text(
        "inputs: 1\nlayers: [{weights: [[1e300]]}, {weights: [[1e300]]}]\ndata: {values: [[1], [-2]]}\n"
    )
    np.save(tmp_path / "mine.npy", np.array([[np.inf], [-np.inf]]))
    assert why(spec, "--with", tmp_path / "mine.npy")[1].exit_code == 0
    np.save(tmp_path / "mine.npy", np.array([[1.0], [2.0]]))
    report, result = why(spec, "--with", tmp_path / "mine.npy")
    assert (result.exit_code, named(report)) == (1, [])


def test_rows_without_features_are_left_out(cli, why, net, tmp_path):
    """Numbers of rows keep their places."""
    (tmp_path / "rows.csv").write_text(
        "x0,x1,x2\n1,,2\n" + "".join(f"{a},{b},{c}\n" for a, b, c in X.tolist())
    )
    files = (net, "rows.csv", "--on-missing", "null")
    cli("run", *files, "--set", "layers.0.activation=linear", "-o", "mine.csv")
    report, _ = why(*files, "--with", "mine.csv")
    assert named(report) == [[("activation forgotten", [0])]]
    assert report["explanations"][0]["first"]["row"] == 1


def test_why_needs_a_file(cli, net):
    """Two networks have no mistakes."""
    for args in ([], ["net.yaml"]):
        result = cli("compare", net, *args, "--why")
        assert (result.exit_code, result.stdout) == (2, "")
        assert "--with FILE" in result.stderr


def test_two_that_fit_are_both_said(cli, why, net, tmp_path):
    """Two decimals can't tell gelu from its approximation by tanh; ten can."""
    out = softmax(ACTIVATIONS["gelu"](X @ W0 + b0) @ W1 + b1)
    np.savetxt(tmp_path / "mine.csv", out, "%.2f", delimiter=",")
    report, _ = why(net, "--with", "mine.csv")
    assert named(report) == [[("the wrong activation", [0])]] * 2
    text = cli("compare", net, "--with", "mine.csv", "--why").stdout
    assert "why                 the wrong activation: layers[0] applied gelu in place of relu\n" in text
    assert "or                  the wrong activation: layers[0] applied gelu_tanh in place of relu\n" in text
    np.savetxt(tmp_path / "mine.csv", out, "%.10f", delimiter=",")
    assert len(why(net, "--with", "mine.csv")[0]["explanations"]) == 1


SPIRAL = """\
seed: 7
nnfs: {nnfs}
inputs: 2
layers: [{{units: 4, activation: relu}}, {{units: 3, weight_scale: 0.01}}]
data: {{spiral: {{samples: 20, classes: 3}}}}
"""


@pytest.mark.parametrize("nnfs", [True, False])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_another_place_of_the_stream_is_found_in_both_types(why, tmp_path, nnfs, dtype):
    """Weights from a fresh stream where the spec draws its data first, and the reverse."""
    spec = tmp_path / "net.yaml"
    spec.write_text(SPIRAL.format(nnfs=str(nnfs).lower()))
    points, _ = datasets.generate(GeneratedData("spiral", 20, 3), 7, nnfs)
    stream = np.random.RandomState(7)
    if not nnfs:
        stream.randn(60)  # what the spiral draws
    W0, W1 = 0.1 * stream.randn(2, 4).astype(dtype), 0.01 * stream.randn(4, 3).astype(dtype)
    np.save(tmp_path / "mine.npy", np.maximum(0, points.astype(dtype) @ W0) @ W1)
    report, _ = why(spec, "--with", tmp_path / "mine.npy")
    assert named(report) == [[("wrong seed stream", [0, 1])]]
    stream = np.random.RandomState(7)
    if nnfs:
        stream.randn(60)
    W0, W1 = 0.1 * stream.randn(2, 4).astype(dtype), 0.1 * stream.randn(4, 3).astype(dtype)
    np.save(tmp_path / "mine.npy", np.maximum(0, points.astype(dtype) @ W0) @ W1)
    report, _ = why(spec, "--with", tmp_path / "mine.npy")
    assert named(report) == [[("wrong weight scale", [1])]]


def test_a_mistake_in_all_layers_names_them(why, tmp_path):
    """Each layer alone would not explain the numbers."""
    random = np.random.RandomState(3)
    weights, rows = random.randn(3, 3, 3), random.randn(6, 3)
    layers = [{"weights": W.tolist(), "biases": [1, 2, 3], "activation": "tanh"} for W in weights]
    spec = tmp_path / "net.yaml"
    spec.write_text(json.dumps({"inputs": 3, "layers": layers, "data": {"values": rows.tolist()}}))
    x = rows
    for W in weights:
        x = np.tanh(x @ W)  # with W as it is written, and without biases
    np.savez(tmp_path / "mine.npz", output=x)
    report, _ = why(spec, "--with", tmp_path / "mine.npz")
    assert named(report) == [[("biases left out", [0, 1, 2]), ("weights not transposed", [0, 1, 2])]]


def test_a_long_table_is_looked_at_in_its_first_rows(cli, why, tmp_path):
    """What depends on all rows is computed of all; it is said how many were compared."""
    spec = tmp_path / "net.yaml"
    spec.write_text("inputs: 2\nlayers: [{weights: [[1, 2], [0.5, -1], [3, 1]], activation: softmax}]\n")
    rows = np.random.RandomState(0).randn(5000, 2)
    np.save(tmp_path / "rows.npy", rows)
    z = rows @ np.array([[1, 2], [0.5, -1], [3, 1]]).T
    np.save(tmp_path / "mine.npy", softmax(z, axis=0))
    files = (spec, tmp_path / "rows.npy", "--with", tmp_path / "mine.npy")
    report, _ = why(*files)
    assert (named(report), report["rows"]) == ([[("softmax over columns", [0])]], 500)
    np.save(tmp_path / "mine.npy", softmax(z[np.random.RandomState(1).permutation(5000)]))
    assert named(why(*files)[0]) == [[("rows shuffled", [])]]
    np.save(tmp_path / "mine.npy", np.random.RandomState(1).rand(5000, 3))
    assert "on the first 500 rows" in cli("compare", *files, "--why").stdout
    right = softmax(z)
    right[4000, 1] += 0.1
    np.save(tmp_path / "mine.npy", right)
    assert why(*files)[1].exit_code == 1


def test_numbers_that_many_networks_give_name_nothing(why, net, tmp_path):
    """A softmax of nothing, or zeros, fits many mistakes, and is no evidence for one."""
    for value in (0, 1 / 3, 1):
        np.save(tmp_path / "mine.npy", np.full((5, 3), value))
        report, result = why(net, "--with", "mine.npy")
        assert (result.exit_code, named(report)) == (1, [])
