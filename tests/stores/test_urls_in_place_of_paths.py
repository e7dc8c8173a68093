"""Where a path goes, a URL goes."""

from __future__ import annotations

import gzip
import http.server
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest


@pytest.mark.parametrize("suffix", ["csv", "tsv", "csv.gz", "csv.zst", "jsonl", "json", "npy", "parquet"])
def test_a_result_in_a_bucket_has_the_bytes_of_a_file(cli, s3, folder, suffix):
    """Every format goes to a store and comes back from there as from a disk."""
    assert cli("run", "net.yaml", "rows.csv", "-o", f"here.{suffix}").exit_code == 0
    done = cli(
        "run", "net.yaml", s3.put("in/rows.csv", Path("rows.csv")), "-o", f"{s3.url}/out/there.{suffix}"
    )
    assert done.exit_code == 0, done
    assert s3.get(f"out/there.{suffix}") == Path(f"here.{suffix}").read_bytes()
    assert s3.names() == ["in/rows.csv", f"out/there.{suffix}"]
    Path("probability.yaml").write_text("inputs: 3\nlayers: [{units: 1}]\n")
    names = [] if suffix == "npy" else ["--features", "probability_red,probability_green,probability_blue"]
    again = [
        cli("run", "probability.yaml", place, *names)
        for place in (f"here.{suffix}", s3.url + f"/out/there.{suffix}")
    ]
    assert again[0] == again[1]
    assert again[0].exit_code == 0


@pytest.mark.parametrize("suffix", [".yaml", ".onnx", ".npz", ".safetensors", ".py"])
def test_a_model_goes_to_a_bucket_and_comes_from_it(cli, s3, folder, suffix):
    """Every kind of model file is written to a store, and read there."""
    activations = ["--activations", "relu,softmax"] if suffix == ".npz" else []
    assert cli("convert", "net.yaml", f"here{suffix}").exit_code == 0
    assert cli("convert", "net.yaml", f"{s3.url}/models/there{suffix}").exit_code == 0
    if suffix == ".npz":  # its members hold sizes where nobody could go back
        with np.load(f"here{suffix}") as here:
            Path("there.npz").write_bytes(s3.get("models/there.npz"))
            with np.load("there.npz") as there:
                assert all((here[name] == there[name]).all() for name in here)
    else:
        here = Path(f"here{suffix}").read_bytes()
        assert s3.get(f"models/there{suffix}").replace(b"there", b"here") == here.replace(b"there", b"here")
    if suffix == ".py":
        return
    expected = cli("run", f"here{suffix}", "rows.csv", *activations)
    found = cli("run", f"{s3.url}/models/there{suffix}", "rows.csv", *activations)
    assert (found.exit_code, found.stdout) == (0, expected.stdout)


def test_a_specs_files_lie_beside_it(cli, s3, folder):
    """A spec in a bucket names weights and data relative to its own folder, or by URLs."""
    cli("convert", "net.yaml", "w.npz")
    layers = "inputs: 2\nlayers: [{activation: relu}, {activation: softmax}]\n"
    s3.put("m/w.npz", Path("w.npz"))
    s3.put("rows.csv", Path("rows.csv"))
    url = s3.put("m/net.yaml", f"{layers}weights: w.npz\ndata: {{file: ../rows.csv}}\n")
    Path("mixed.yaml").write_text(f"{layers}weights: {s3.url}/m/w.npz\ndata: {{file: {s3.url}/rows.csv}}\n")
    Path("local.yaml").write_text(f"{layers}weights: w.npz\ndata: {{file: rows.csv}}\n")
    results = [cli("run", spec) for spec in ("local.yaml", url, "mixed.yaml")]
    assert results[0].exit_code == 0
    assert results[0] == results[1] == results[2]
    assert cli("check", url).stdout.startswith(f"{url}: valid")
    missing = s3.put("m/missing.yaml", f"{layers}weights: none.npz\n")
    assert cli("run", missing, "rows.csv").stderr == f"{s3.url}/m/none.npz: no such object\n"


def test_names_of_objects_are_any(cli, s3, folder):
    """Spaces, percent signs, question marks and letters of other alphabets are part of a name."""
    expected = cli("run", "net.yaml", "rows.csv").stdout
    for name in ("a b.csv", "100%20.csv", "a?b=c.csv", "Größe/π.csv", "a#1.csv", "a+b.csv"):
        assert cli("run", "net.yaml", s3.put(name, Path("rows.csv"))).stdout == expected
        assert cli("run", "net.yaml", "rows.csv", "-o", f"{s3.url}/out/{name}").exit_code == 0
        assert s3.get(f"out/{name}").decode() == expected


@pytest.mark.parametrize("ranges", [True, False])
@pytest.mark.parametrize("suffix", ["csv", "csv.gz", "jsonl", "parquet", "arrow", "npy"])
def test_a_web_server_is_read_with_and_without_ranges(cli, web, folder, suffix, ranges):
    """The same rows come from any server; the query is asked for, and printed nowhere."""
    columns = {"x0": np.arange(50_000) / 8, "x1": -np.arange(50_000) / 4}
    if suffix == "parquet":
        pq.write_table(pa.table(columns), "r.parquet", row_group_size=7_000)
    elif suffix == "arrow":
        with pa.OSFile("r.arrow", "wb") as file, pa.ipc.new_file(file, pa.table(columns).schema) as writer:
            writer.write_table(pa.table(columns), max_chunksize=7_000)
    elif suffix == "npy":
        np.save("r.npy", np.column_stack(list(columns.values())))
    else:
        text = b"".join(
            b'{"x0":%r,"x1":%r}\n' % row if suffix == "jsonl" else b"%r,%r\n" % row
            for row in zip(*(map(float, column) for column in columns.values()), strict=True)
        )
        text = text if suffix == "jsonl" else b"x0,x1\n" + text
        Path(f"r.{suffix}").write_bytes(gzip.compress(text) if suffix.endswith("gz") else text)
    server = web(ranges=ranges)
    server.files[f"/d/r.{suffix}"] = Path(f"r.{suffix}").read_bytes()
    expected = cli("run", "net.yaml", f"r.{suffix}", "--keep", "none")
    found = cli("run", "net.yaml", f"{server.url}/d/r.{suffix}?sig=a%2Fb&x=1", "--keep", "none")
    assert (found.exit_code, found.stderr) == (0, "")
    assert found.stdout == expected.stdout
    assert {path for path, _ in server.asked} == {f"/d/r.{suffix}?sig=a%2Fb&x=1"}
    bad = cli("run", "net.yaml", f"{server.url}/d/none.{suffix}?sig=secret")
    assert (bad.exit_code, bad.stderr) == (1, f"{server.url}/d/none.{suffix}: no such object\n")


@pytest.mark.parametrize("suffix", ["parquet", "arrow"])
def test_only_the_columns_and_row_groups_that_are_needed_are_read(cli, web, folder, suffix):
    """Two of twenty columns, and with a limit the first of many row groups, are all that is sent."""
    rng = np.random.default_rng(0)
    table = pa.table({f"x{i}": rng.standard_normal(200_000) for i in range(20)})
    if suffix == "parquet":
        pq.write_table(table, "r.parquet", row_group_size=20_000, use_dictionary=False)
    else:
        with pa.OSFile("r.arrow", "wb") as file, pa.ipc.new_file(file, table.schema) as writer:
            writer.write_table(table, max_chunksize=20_000)
    server = web()
    server.files[f"/r.{suffix}"] = content = Path(f"r.{suffix}").read_bytes()
    url = f"{server.url}/r.{suffix}"
    expected = cli("run", "net.yaml", f"r.{suffix}", "--keep", "none")
    assert cli("run", "net.yaml", url, "--keep", "none") == expected
    assert server.sent < len(content) / 8
    server.sent = 0
    assert cli("run", "net.yaml", url, "--keep", "none", "--limit", 10).exit_code == 0
    assert server.sent < len(content) / 30


def test_many_rows_come_in_ranges_to_several_processes(shell, s3, folder, big_rows):
    """A big object is read ahead here, computed by forked processes, and written in parts that become one."""
    url = s3.put("big.csv", big_rows(500_000))
    Path("big.csv").write_bytes(s3.get("big.csv"))
    for jobs in (1, 2):
        done = shell("run", "net.yaml", url, "-o", f"{s3.url}/out{jobs}.csv", "-j", jobs)
        assert (done.exit_code, done.stderr) == (0, "")
    assert shell("run", "net.yaml", "big.csv", "-o", "out.csv").exit_code == 0
    assert Path("out.csv").stat().st_size > 2 * 10 * 2**20
    assert s3.get("out1.csv") == s3.get("out2.csv") == Path("out.csv").read_bytes()
    assert s3.uploads() == []


def test_memory_does_not_grow_with_the_rows(s3, folder, big_rows):
    """Twice the rows from a store to a store take no more memory."""
    most = []
    for n in (700_000, 1_400_000):
        url = s3.put("big.csv", big_rows(n))
        code = (
            "import sys; from nncli.cli.main import main\n"
            "try: main(sys.argv[1:])\n"
            "finally: print(open('/proc/self/status').read().split('VmHWM:')[1].split()[0])"
        )
        done = subprocess.run(
            [sys.executable, "-c", code, "run", "net.yaml", url, "-o", f"{s3.url}/out.csv"],
            capture_output=True,
            check=True,
        )
        most.append(int(done.stdout))
    assert most[1] < 1.1 * most[0]  # file and result are 52 MB longer


@pytest.mark.parametrize(
    ("scheme", "settings"),
    [
        ("gs", {"STORAGE_EMULATOR_HOST": "{url}", "GOOGLE_BEARER_TOKEN": "token"}),
        ("gs", {"GOOGLE_BASE_URL": "{url}", "GOOGLE_BEARER_TOKEN": "token"}),
        ("az", {"AZURE_STORAGE_ACCOUNT_NAME": "me", "AZURE_STORAGE_ENDPOINT": "{url}"}),
    ],
)
def test_other_stores_are_read_and_written_as_well(cli, web, folder, monkeypatch, scheme, settings):
    """Google's and Azure's names of objects and settings reach a server."""
    server = web()
    for name, value in settings.items():
        monkeypatch.setenv(name, value.format(url=server.url))
    server.files["/box/in/rows.csv"] = Path("rows.csv").read_bytes()
    expected = cli("run", "net.yaml", "rows.csv")
    done = cli("run", "net.yaml", f"{scheme}://box/in/rows.csv", "-o", f"{scheme}://box/out.csv")
    assert (done.exit_code, done.stderr) == (0, "")
    assert server.files["/box/out.csv"].decode() == expected.stdout
    missing = cli("run", "net.yaml", f"{scheme}://box/none.csv")
    assert (missing.exit_code, missing.stderr) == (1, f"{scheme}://box/none.csv: no such object\n")


def test_init_writes_to_a_bucket_and_over_nothing(cli, s3, folder):
    """A starter spec is a new object, or the old one stays."""
    url = f"{s3.url}/new.yaml"
    assert cli("init", url).exit_code == 0
    assert cli("run", url).exit_code == 0
    again = cli("init", url)
    problem = "is there already, and init replaces no file; give another name"
    assert (again.exit_code, again.stderr) == (1, f"{url}: {problem}\n")


def test_wrong_rows_go_to_a_bucket_too(cli, s3, folder):
    """--rejects takes a URL as well as a path."""
    rows = s3.put("bad.csv", b"x0,x1\n1,2\n1,oops\n")
    done = cli("run", "net.yaml", rows, "--rejects", f"{s3.url}/wrong.csv", "-o", f"{s3.url}/out.csv")
    assert done.exit_code == 0
    assert s3.get("wrong.csv").decode().splitlines()[1].startswith(f"{rows},3,x1,'oops' is not a number")


@pytest.mark.parametrize("command", ["check", "summary", "draw", "explain", "eval"])
def test_other_commands_take_urls(cli, s3, folder, command):
    """A spec, and rows, of any command."""
    Path("iris.csv").write_text("x0,x1,kind\n1,2,red\n3,4,blue\n")
    rows = {"explain": ["--row", "1"], "eval": ["--label", "kind"]}
    url = s3.put("net.yaml", Path("net.yaml"))
    at = s3.put("iris.csv", Path("iris.csv"))
    here = cli(command, "net.yaml", *(["iris.csv", *rows[command]] if command in rows else []))
    there = cli(command, url, *([at, *rows[command]] if command in rows else []))
    assert here.exit_code == 0, here
    assert there.stdout.replace(f"{s3.url}/", "") == here.stdout


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_a_server_that_does_not_know_the_size_is_read(cli, folder, no_credentials, suffix):
    """A page that is made while it is sent has no size; its rows are those of a file."""
    pq.write_table(pa.table({"x0": [1.0, 2.0], "x1": [3.0, 4.0]}), "rows.parquet")
    content = Path(f"rows.{suffix}").read_bytes()

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *args: object) -> None:
            pass

        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            with suppress(ConnectionError):
                self.wfile.write(b"%x\r\n%s\r\n0\r\n\r\n" % (len(content), content))

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        done = cli("run", "net.yaml", f"http://127.0.0.1:{server.server_port}/rows.{suffix}?a=b")
        assert (done.exit_code, done.stderr) == (0, "")
        assert done.stdout == cli("run", "net.yaml", f"rows.{suffix}").stdout
        server.shutdown()
