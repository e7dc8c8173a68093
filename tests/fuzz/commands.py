"""Which command lines read a file of a kind."""

from __future__ import annotations

from random import Random

from tests.fuzz.mutations import HOSTILE

SPEC_SUFFIXES = ("yaml", "onnx", "keras", "npz", "safetensors", "pkl", "pt", "pth", "ckpt", "lists.json")
FORMATS = ("csv", "tsv", "json", "jsonl", "table", "npy", "parquet")
SUFFIXES = ("csv", "tsv.gz", "json", "jsonl.zst", "npy", "parquet")

WITH_ROWS = [
    "run net.yaml {}", "run net.yaml {} --keep all", "run net.yaml {} --label label --trace",
    "run net.yaml {} --keep none --limit 3", "run net.yaml {} --on-missing 0 --decimals 2",
    "run net.yaml {} --on-missing null", "run net.yaml {} --on-missing null --keep all --label label",
    "run net.yaml {} --no-header", "run net.yaml {} --delimiter ; -q", "run inline.yaml {}",
    "run file.yaml {}", "run net.yaml - < {}", "run net.yaml - --on-missing null < {}",
    "eval net.yaml {} --label label", "eval net.yaml {} --label label -f json --on-missing null",
    "eval values.yaml {} --label x0,x1", "compare net.yaml rows.csv --with {}",
    "compare net.yaml rows.csv --with {} -f json", "compare net.yaml {} --with results.csv",
    "explain net.yaml {} --row 1", "draw net.yaml {} --row 0", "draw net.yaml {} --row 1 -o out.svg",
    "run net.yaml {} --rejects bad.csv", "run net.yaml {} --rejects bad.csv --max-rejects 1 --keep all",
    "run net.yaml {} --rejects bad.csv --max-rejects 50% --on-missing null",
    "run net.yaml - --rejects bad.csv < {}",
    "eval net.yaml {} --label label --rejects bad.csv", "eval net.yaml rows.csv {} --label label",
    "run net.yaml {} rows.csv --file-column file", "run net.yaml rows.csv {} --keep all --file-column x0",
    "run net.yaml numbers.csv {} --rejects bad.csv --file-column file", "run net.yaml [rn]*.csv {} --limit 4",
    "run net.yaml {} --features x1,x0 --missing ?,-999 --decimal ,", "run net.yaml {} --header --keep all",
]  # fmt: skip
TO_FOLDER = [
    "run net.yaml {} rows.csv", "run net.yaml rows.csv {} --fail-fast", "run net.yaml rows.csv {} --limit 2",
    "run net.yaml {} numbers.csv --rejects bad.csv", "run net.yaml {} rows.csv --file-column file --keep all",
    "run net.yaml {} numbers.csv --rejects bad.csv --max-rejects 1",
]  # fmt: skip
RESUMED = ["run net.yaml rows.csv numbers.csv", "run net.yaml numbers.csv", "run net.yaml rows.csv f8.npy"]
JOURNAL = "made/.nncli.jsonl"
"""The journal of a folder that `RESUMED[0]` has made."""
ON_CLUSTER = 0.0005
"""The share of lines that start a cluster, which takes seconds."""
ROWS_RARELY = [
    "report net.yaml {} -o out.html", "compare net.yaml {}", "plot data net.yaml {} --label label -o out.png",
    "plot regions net.yaml {} -o out.svg",
]  # fmt: skip

WITH_SPEC = [
    "check {}", "check {} --resolved", "summary {}", "summary {} -f json", "run {}", "run {} rows.csv",
    "run {} rows.csv --trace", "run {} numbers.csv --keep all", "spiral --spec {} --samples 3",
    "explain {}", "explain {} rows.csv --row 1", "draw {}", "draw {} -o out.svg", "draw {} --row 0",
    "eval {} rows.csv --label label", "compare {} rows.csv --with results.csv", "convert {} out.yaml",
    "convert {} out.npz", "convert {} out.safetensors", "convert {} out.py", "convert {} out.onnx",
    "convert {} out.yaml --activations relu,softmax",
    "convert {} out.yaml --activations relu,softmax --layout inputs_units",
]  # fmt: skip
CONVERT = [line for line in WITH_SPEC if line.startswith("convert")]
SPEC_RARELY = [
    "report {} -o out.html",
    "compare {} rows.csv",
    "plot weights {} -o out.png",
    "plot activations {} -o out.svg",
]

OPTIONS = [
    "--set", "--keep", "--label", "--delimiter", "--on-missing", "--limit", "--decimals", "--seed", "--dtype",
    "--row", "--layer", "--unit", "--format", "--activations", "--top-k", "--atol", "--highlight", "--output",
    "--rejects", "--max-rejects", "--file-column", "--resume", "--features", "--missing", "--decimal",
]  # fmt: skip
KEYS = [
    "seed",
    "inputs",
    "layers",
    "layers.0.units",
    "layers.1.activation",
    "data",
    "outputs",
    "layers.9",
    "dtype",
    "",
]


def choose(name: str, random: Random) -> tuple[list[str], str]:
    """Return a command line that reads the file, and what its standard input is."""
    if name == JOURNAL or (not name.endswith(SPEC_SUFFIXES) and random.random() < 0.1):
        return _to_folder(name, random), "/dev/null"
    if name in ("weights.npz", "weights.safetensors") and random.random() < 0.7:
        name = name.removeprefix("weights.") + ".yaml"
    often, rarely = (WITH_SPEC, SPEC_RARELY) if name.endswith(SPEC_SUFFIXES) else (WITH_ROWS, ROWS_RARELY)
    line = random.choice(rarely if random.random() < 0.02 else often)
    if not name.endswith("yaml") and often is WITH_SPEC and random.random() < 0.6:
        line = random.choice(CONVERT)
    words = line.format(name).split()
    stdin = "/dev/null"
    if "<" in words:
        words, stdin = words[:-2], words[-1]
    if words[0] in ("run", "spiral"):
        way = random.randrange(3)
        words += [[], ["-f", random.choice(FORMATS)], ["-o", "out." + random.choice(SUFFIXES)]][way]
    if name == "semicolons.csv" and random.random() < 0.7:
        words += ["--delimiter", ";"]
    if random.random() < 0.05:
        words += [random.choice(OPTIONS), _value(random)]
    return words, stdin


def _to_folder(name: str, random: Random) -> list[str]:
    """Return a command line that writes a result for each file, or goes on where another one stopped."""
    if name == JOURNAL or random.random() < 0.3:
        line = random.choice(RESUMED) + " -o made/ --resume"
    else:
        line = random.choice(TO_FOLDER).format(name) + " -o out/"
        line += random.choice(["", " -f " + random.choice(FORMATS)])
    return (line + (" --cluster local -j 1" if random.random() < ON_CLUSTER / 0.1 else "")).split()


def _value(random: Random) -> str:
    """Return something that nobody would say on purpose, and no path that could be written to."""
    word = random.choice(HOSTILE).replace("\0", "0").replace("/", "")
    return f"{random.choice(KEYS)}={word}" if random.random() < 0.4 else word
