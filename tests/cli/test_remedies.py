"""What the command line adds to what is wrong: the option that helps."""

import numpy as np
import onnx
import onnx.parser
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from safetensors.numpy import save_file

from nncli.cli.remedies import WORDS

NET = """\
inputs: [a, b]
layers: [{units: 2, weights: [[1, 0], [0, 1]], activation: ACTIVATION}]
"""
TWO = np.array([[1.0, 2.0], [3.0, 4.0]])
OR_NUMBERED = "or number their names: np.savez('net.npz', W1=…, W2=…)"
TABLES = {
    "rows": "a,b,output_0\n1,2,0\n",
    "gap": "a,b\n1,\n",
    "words": "a,b,y\n1,2,red\n",
    "numbers": "1.5,2\n3,4\n",
    "wide": "1,2,3\n",
    "blanks": "a b\n1 2\n",
    "other": '"c, d",e,f\n1,2,3\n',
    "comma": "a;b\n1,5;2\n",
    "either": 'a,b\n"1,234",2\n',
    "word": "a,b\n?,2\n",
    "twice": "a,b,c,c,d\n1,2,3,4,5\n",
}
ARRAYS = {
    "chain": {"W1": np.ones((2, 3)), "b1": np.ones(3), "W2": np.ones((3, 2)), "b2": np.ones(2)},
    "square": {"m": TWO},
    "open": {"p": np.ones((2, 3)), "a": np.ones((3, 2))},
    "torch": {"here.weight": np.ones((3, 4)), "there.weight": np.ones((4, 3))},
    "many": {f"{chr(97 + i % 26)}{'z' * (i // 26)}.weight": np.eye(3) for i in range(300)},
}
CASES = {
    "max_rejects": (
        "run net.yaml gap.csv --rejects bad.csv --max-rejects 0",
        "gap.csv:2: column b: the cell is empty; with it 1 row is wrong, more than --max-rejects 0",
    ),
    "max_rejects_share": (
        "run net.yaml gap.csv --rejects bad.csv --max-rejects 1% -o out.csv",
        "1 of 1 row is wrong, more than --max-rejects 1%; they are in bad.csv",
    ),
    "same_columns": (
        "run net.yaml rows.csv gap.csv",
        "gap.csv: no column 'output_0', which rows.csv has;"
        " say which columns to copy, for example --keep none",
    ),
    "made_with": (
        "run net.yaml rows.csv -o out/ --resume",
        "out/: its results were made with --decimals 3; without --resume all of them are made again",
    ),
    "made_without": (
        "run net.yaml rows.csv -o out/ --decimals 3 --keep a,b --resume",
        "out/: its results were made without --keep; without --resume all of them are made again",
    ),
    "begin_again": (
        "run net.yaml rows.csv -o out/ --dtype float32 --resume",
        "out/: its results were made by another network; without --resume all of them are made again",
    ),
    "missing": (
        "run net.yaml gap.csv",
        "gap.csv:2: column b: the cell is empty (--on-missing null or a number would let it pass)",
    ),
    "may_be_data": (
        "run net.yaml numbers.csv",
        "numbers.csv: the columns are 1.5, 2 (2); the network takes a, b (2); not there: a, b;"
        " is the first line data? Then say --no-header",
    ),
    "names_or_data": (
        "run two.yaml numbers.csv",
        "numbers.csv:1: the header is all numbers: 1.5,2; say --no-header if this line is data,"
        " or --header if it names the columns",
    ),
    "delimiter": (
        "run net.yaml blanks.csv",
        "blanks.csv: the only column is a b (1); the network takes a, b (2); not there: a, b;"
        " are its cells separated by ' '? Then say --delimiter ' '",
    ),
    "features": (
        "run net.yaml other.csv",
        'other.csv: the columns are "c, d", e, f (3); the network takes a, b (2); not there: a, b;'
        """ say which go in, for example --features '"c, d",e'""",
    ),
    "set_label": (
        "run two.yaml wide.csv --no-header",
        "wide.csv: 3 columns without names, where the network takes 2;"
        " leave out the labels: --label column_2;"
        " or say which go in, for example --features column_0,column_1",
    ),
    "decimal": (
        "run net.yaml comma.csv --delimiter ;",
        "comma.csv:2: column a: '1,5' is not a number (--decimal , reads a decimal comma)",
    ),
    "decimal_or_thousands": (
        "run net.yaml either.csv",
        "either.csv:2: column a: '1,234' is not a number (it looks like a number with thousands separators;"
        " write it without them; --decimal , reads a decimal comma)",
    ),
    "missing_word": (
        "run net.yaml word.csv",
        "word.csv:2: column a: '?' is not a number; if it means a missing value, say --missing '?'",
    ),
    "one_name": (
        "run net.yaml twice.csv -f jsonl",
        "twice.csv: two columns are called 'c', which jsonl can't hold; choose columns: --keep d",
    ),
    "asked": ("run net.yaml rows.csv --keep c", "rows.csv: --keep: no column 'c'; there are a, b, output_0"),
    "name_taken": (
        "run relu.yaml rows.csv --keep a,output_0",
        "rows.csv: --keep a,output_0: the output has a column 'output_0' of its own; rename the input's,"
        " or leave it out: --keep a",
    ),
    "leave_out": (
        "run net.yaml dates.parquet -f csv",
        "a value of type list<element: timestamp[us]> has no text; leave its column out with --keep",
    ),
    "argument": (
        "run net.yaml rows.csv --delimiter ab",
        "--delimiter: 'ab' is not one character (a tab is written \\t or tab)",
    ),
    "format": (
        "run net.yaml rows.csv -o x.doc",
        "x.doc: no output format has this suffix"
        " (known: .csv, .tsv, .json, .jsonl, .npy, .parquet; or say --format)",
    ),
    "label": (
        "plot confusion net.yaml rows.csv -o x.svg",
        "rows.csv: name the column of the true classes with --label COLUMN",
    ),
    "name_classes": (
        "eval net.yaml words.csv --label y",
        "words.csv:2: label column 'y': 'red' is no class of the network (the classes are 0, 1);"
        " --set outputs=[NAME,…] names them, in the network's order",
    ),
    "label_for_each": (
        "eval relu.yaml rows.csv --label output_0",
        "the network has 2 outputs (relu): give as many label columns (--label a,b),"
        " or a network that ends in softmax, log_softmax or linear to judge classes",
    ),
    "top_k": (
        "eval net.yaml rows.csv --label output_0 --top-k 3",
        "--top-k 3: the network has only 2 classes",
    ),
    "activations": (
        "convert out.yaml --weights w.npy --layout units_inputs",
        "w.npy holds weights only: say the activation of each layer, for example --activations softmax",
    ),
    "activations_or_spec": (
        "run chain.safetensors rows.csv",
        "chain.safetensors holds weights only: say the activation of each layer, for example"
        " --activations relu,softmax; or make a spec of it:"
        " nncli convert chain.safetensors net.yaml --activations relu,softmax",
    ),
    "layout": (
        "convert square.safetensors out.yaml --activations relu",
        "square.safetensors: 'm' is square and the names follow no convention, so nothing tells whether it is"
        " stored (units, inputs) or (inputs, units): say units_inputs or inputs_units"
        " (the spec's key layout; --layout in convert)",
    ),
    "reading": (
        "convert open.safetensors out.yaml --activations relu,relu",
        f"would fit; say --order a,p or another one and --layout in nncli convert, {OR_NUMBERED}",
    ),
    "reading_by_order": (
        "convert torch.safetensors out.yaml --activations relu,relu",
        f"say --order here.weight,there.weight or another one in nncli convert, {OR_NUMBERED}",
    ),
    "order": ("convert many.safetensors out.yaml --activations relu", "say it with --order in nncli convert"),
    "output": (
        "convert two.onnx out.yaml",
        "two.onnx: has 2 outputs: 'h', 'p'; a network has one, and labels made of it:"
        " choose one with convert's --output",
    ),
    "biases": (
        "convert out.yaml --weights w.npy --biases w.npy,b.npy",
        "--biases: 2 files for the 1 of --weights",
    ),
    "weights_and_biases": (
        "convert out.yaml --weights w.npy,w.npy",
        "--weights and --biases: every file must be named only once",
    ),
}


ASKED = ("format", "activations", "activations_or_spec")
"""What the command line lacks, though no option is at fault."""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Work in a folder that has a file for every mistake."""
    monkeypatch.chdir(tmp_path)
    for name, activation in (("net", "softmax"), ("relu", "relu"), ("two", "softmax")):
        inputs = "2" if name == "two" else "[a, b]"
        text = NET.replace("ACTIVATION", activation).replace("[a, b]", inputs)
        (tmp_path / f"{name}.yaml").write_text(text)
    for name, text in TABLES.items():
        (tmp_path / f"{name}.csv").write_text(text)
    when = pa.array([[2**62]], pa.list_(pa.timestamp("us")))
    pq.write_table(pa.table({"a": [1.0], "b": [2.0], "when": when}), "dates.parquet")
    for name, arrays in ARRAYS.items():
        save_file(arrays, f"{name}.safetensors")
    np.save("w.npy", TWO)
    np.save("b.npy", TWO[0])
    return tmp_path


@pytest.mark.parametrize("name", CASES)
def test_a_line_ends_in_what_helps_on_the_command_line(cli, folder, name):
    """What is wrong and the option that helps make one line."""
    command, line = CASES[name]
    if name == "output":
        two_outputs()
    if "--resume" in command:
        cli("run", "net.yaml", "rows.csv", "-o", "out/", "--decimals", "3")
    result = cli(*command.split())
    assert result.stderr.endswith(f"{line}\n")
    assert (result.stdout, result.stderr.count("\n")) == ("", 1)
    assert result.exit_code == (2 if line.startswith("--") or name in ASKED else 1)


@pytest.mark.parametrize("option", ["--dtype float64", "--set dtype=float64"])
def test_a_value_of_the_spec_has_the_option_as_its_place(cli, folder, option):
    """Whatever gave a value, it is called as the user has written it."""
    result = cli("run", "net.yaml", "rows.csv", *option.split(), "--set", "nnfs=true")
    line = f"nncli run: {option}: dtype: 'nnfs: true' computes in float32; leave one of the two out\n"
    assert (result.exit_code, result.stderr) == (2, line)


def test_every_remedy_has_its_line():
    """Whoever adds a remedy shows here what is printed of it."""
    assert CASES.keys() == WORDS.keys()


def two_outputs():
    """Write a network that gives a hidden layer and its probabilities."""
    graph = onnx.parser.parse_model(
        '<ir_version: 10, opset_import: ["": 21]> g (float[N, 2] x) => (float[N, 2] h, float[N, 2] p)'
        " <float[2, 2] W = {1, 2, 3, 4}> { z = MatMul(x, W) h = Relu(z) k = MatMul(h, W) p = Softmax(k) }"
    )
    onnx.save(graph, "two.onnx")
