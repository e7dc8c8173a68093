"""Where a path goes, a URL goes."""

from __future__ import annotations

import gzip
import http.server
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

NET = """
inputs: 2
outputs: [red, green, blue]
layers:
  - {units: 8, activation: relu}
  - {units: 3, activation: softmax}
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Return a folder to work in, with a network and a few rows."""
    monkeypatch.chdir(tmp_path)
    Path("net.yaml").write_text(NET)
    Path("rows.csv").write_text("id,x0,x1\n" + "".join(f"r{i},{i / 8},{-i / 4}\n" for i in range(300)))
    return tmp_path


def big_rows(n: int) -> bytes:
    """Return the text of so many rows."""
    return b"id,x0,x1\n" + b"".join(b"r%d,%d.25,-%d.5\n" % (i, i % 97, i % 31) for i in range(n))


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


def test_many_rows_come_in_ranges_to_several_processes(shell, s3, folder):
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


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_leaves_no_object_and_no_part(s3, folder, default_signals, number):
    """Stopped in the middle of its parts, a run takes them back."""
    s3.put("out.csv", b"old")
    command = [sys.executable, "-m", "nncli", "run", "net.yaml", "-", "-o", f"{s3.url}/out.csv"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stderr=subprocess.PIPE, preexec_fn=default_signals
    ) as run:
        run.stdin.write(big_rows(600_000))
        run.stdin.flush()
        for _ in range(600):
            if s3.uploads():
                break
            time.sleep(0.1)
        assert s3.uploads()
        run.send_signal(number)
        assert run.wait(timeout=60) == 128 + number
        run.stdin.close()
        assert run.stderr.read() == b""
    assert s3.uploads() == []
    assert s3.get("out.csv") == b"old"


def test_a_failure_leaves_no_object_and_no_part(cli, s3, folder):
    """A bad row at the end of many ends the run with its line; the old object stays."""
    s3.put("out.csv", b"old")
    Path("bad.csv").write_bytes(big_rows(700_000) + b"r,oops,1\n")
    done = cli("run", "net.yaml", "bad.csv", "-o", f"{s3.url}/out.csv")
    assert (done.exit_code, done.stderr) == (1, "bad.csv:700002: column x0: 'oops' is not a number\n")
    assert s3.uploads() == []
    assert s3.get("out.csv") == b"old"


def test_memory_does_not_grow_with_the_rows(s3, folder):
    """Twice the rows from a store to a store take no more memory."""
    most = []
    for n in (400_000, 1_200_000):
        url = s3.put("big.csv", big_rows(n))
        code = (
            "import resource, sys; from nncli.cli.main import main\n"
            "try: main(sys.argv[1:])\n"
            "finally: print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
        )
        done = subprocess.run(
            [sys.executable, "-c", code, "run", "net.yaml", url, "-o", f"{s3.url}/out.csv"],
            capture_output=True,
            check=True,
        )
        most.append(int(done.stdout))
    assert most[1] < most[0] + 25_000  # kB; file and result are three times as long


@pytest.mark.parametrize(
    ("place", "what"),
    [
        ("{url}/none.csv", "no such object"),
        ("s3://no-such-bucket/a.csv", "no such bucket"),
        ("ftp://host/a.csv", "unknown scheme ftp:// (known are {known})"),
        ("s3a://b/a.csv", "unknown scheme s3a:// (known are {known}; did you mean s3://?)"),
    ],
)
def test_what_can_not_be_read_is_told_in_one_line(cli, s3, folder, place, what):
    """The place and the cause, exit 1: of rows, of a spec, and of a model."""
    what = what.format(known="s3://, gs://, az://, http://, https://")
    rows, spec, model = (place.format(url=s3.url).replace(".csv", end) for end in (".csv", ".yaml", ".onnx"))
    for wrong, command in (
        (rows, ["net.yaml", rows]),
        (spec, [spec, "rows.csv"]),
        (model, [model, "rows.csv"]),
    ):
        done = cli("run", *command)
        assert (done.exit_code, done.stderr) == (1, f"{wrong}: {what}\n")


@pytest.mark.parametrize(
    ("place", "code", "line"),
    [
        ("s3://no-such-bucket/a.csv", 1, "s3://no-such-bucket/a.csv: no such bucket"),
        (
            "http://h/a.csv",
            2,
            "nncli run: http://h/a.csv: a web server is for reading only; write to a path or a bucket",
        ),
    ],
)
def test_what_can_not_be_written_is_told_in_one_line(cli, s3, folder, place, code, line):
    """Before the rows are computed, the place and the cause."""
    done = cli("run", "net.yaml", "rows.csv", "-o", place)
    assert (done.exit_code, done.stderr) == (code, f"{line}\n")


def test_without_credentials_access_is_denied(cli, s3, folder, monkeypatch):
    """A store that asks for a signature gets none, and the message says why."""
    url = s3.put("rows.csv", Path("rows.csv"))
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    done = cli("run", "net.yaml", url)
    assert (done.exit_code, done.stderr) == (1, f"{url}: access denied (no credentials were found)\n")


def test_credentials_come_from_the_tools_own_file_too(cli, s3, folder, monkeypatch):
    """A profile in AWS's credentials file is as good as variables."""
    url = s3.put("rows.csv", Path("rows.csv"))
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    Path("mine").write_text("[work]\naws_access_key_id = somebody\naws_secret_access_key = secret\n")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "mine")
    assert cli("run", "net.yaml", url).exit_code == 1
    monkeypatch.setenv("AWS_PROFILE", "work")
    assert cli("run", "net.yaml", url).exit_code == 0


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


def test_azure_needs_an_account(cli, folder, no_credentials):
    """Which account a container is in, only the environment says."""
    done = cli("run", "net.yaml", "az://box/rows.csv")
    assert done.stderr == "az://box/rows.csv: which account? Set AZURE_STORAGE_ACCOUNT_NAME\n"


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


def test_transient_errors_are_tried_again(cli, web, folder):
    """A server that is busy at first is asked again; one that stays so is named."""
    server = web()
    server.files["/rows.csv"] = Path("rows.csv").read_bytes()
    server.answers = [503, 500]
    done = cli("run", "net.yaml", f"{server.url}/rows.csv")
    assert (done.exit_code, done.stdout) == (0, cli("run", "net.yaml", "rows.csv").stdout)
    server.answers = [403]
    done = cli("run", "net.yaml", f"{server.url}/rows.csv?sig=secret")
    assert done.stderr == f"{server.url}/rows.csv: access denied (403)\n"


def test_a_server_that_is_not_there_is_named(cli, s3, folder, monkeypatch):
    """Nobody listens, or the host has no such name: one line with the host, soon."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        host = f"127.0.0.1:{free.getsockname()[1]}"
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://{host}")
    monkeypatch.setattr("nncli.stores.remote._TRIES", 1)
    for command in (["{}/a.csv"], ["rows.csv", "-o", "{}/a.csv"]):
        done = cli("run", "net.yaml", *(word.format(s3.url) for word in command))
        assert (done.exit_code, done.stderr) == (1, f"{s3.url}/a.csv: no answer from {host}\n")
    done = cli("run", "net.yaml", f"https://{host}/a.csv?sig=secret")
    assert done.stderr == f"https://{host}/a.csv: no answer from {host}\n"


def test_a_server_that_does_not_speak_tls_is_told_so(cli, s3, folder, monkeypatch):
    """https:// where only http:// is spoken."""
    monkeypatch.setattr("nncli.stores.remote._TRIES", 1)
    host = s3.endpoint.removeprefix("http://")
    done = cli("run", "net.yaml", f"https://{host}/a.csv")
    assert done.stderr == f"https://{host}/a.csv: no secure connection to {host}: it speaks plain http://\n"


def test_ctrl_c_is_heard_while_a_server_is_silent(folder, default_signals, no_credentials):
    """A server that takes the request and says nothing does not hold up the one who gives up."""
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/rows.csv"
        command = [sys.executable, "-m", "nncli", "run", "net.yaml", url]
        with subprocess.Popen(command, stderr=subprocess.PIPE, preexec_fn=default_signals) as run:
            taken, _ = silent.accept()
            with taken:
                taken.recv(1000)
                run.send_signal(signal.SIGINT)
                assert run.wait(timeout=15) == 130
                assert run.stderr.read() == b""


def test_a_silent_server_is_given_up(cli, folder, no_credentials, monkeypatch):
    """No byte for a while is no answer."""
    from datetime import timedelta

    monkeypatch.setattr("nncli.stores.remote._PATIENCE", timedelta(seconds=0.3))
    monkeypatch.setattr("nncli.stores.remote._TRIES", 1)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        host = f"127.0.0.1:{silent.getsockname()[1]}"
        done = cli("run", "net.yaml", f"http://{host}/rows.csv")
        assert (done.exit_code, done.stderr) == (1, f"http://{host}/rows.csv: no answer from {host}\n")


def test_an_object_that_changes_while_it_is_read_is_told(cli, web, folder):
    """Parts of two versions are never taken for one file."""
    server = web()
    server.files["/rows.csv"] = big_rows(200_000)

    class Changing(dict[str, bytes]):
        def get(self, key, default=None):
            return super().get(key, default)[: -1 if len(server.asked) > 1 else None]

    server.files = Changing(server.files)
    done = cli("run", "net.yaml", f"{server.url}/rows.csv", "-o", "out.csv")
    assert (done.exit_code, done.stderr) == (1, f"{server.url}/rows.csv: it has changed while it was read\n")


def test_without_the_package_the_message_names_it(folder, s3):
    """The extra is named in one line, and files need nothing of it."""
    code = "import sys; sys.modules['obstore'] = None; from nncli.cli.main import main; main(sys.argv[1:])"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    for place, returncode in ((f"{s3.url}/a.csv", 1), ("rows.csv", 0)):
        done = subprocess.run(
            [sys.executable, "-c", code, "run", "net.yaml", place],
            capture_output=True,
            text=True,
            env=environment,
        )
        assert done.returncode == returncode
        if returncode:
            needs = "s3:// needs an optional package: pip install 'nncli-inference[cloud]'"
            assert done.stderr == f"{place}: {needs}\n" or done.stderr == f"{needs}\n"


def test_files_and_help_import_nothing_of_stores(folder):
    """What a URL needs is not loaded where there is none."""
    code = (
        "import sys; from nncli.cli.main import main\n"
        "try: main(sys.argv[1:])\n"
        "finally: print({m for m in sys.modules if m in ('obstore', 'nncli.stores.remote')}, file=sys.stderr)"
    )
    for command in (["--help"], ["run", "net.yaml", "rows.csv"]):
        done = subprocess.run([sys.executable, "-c", code, *command], capture_output=True, text=True)
        assert done.stderr == "set()\n"
