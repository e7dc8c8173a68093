"""What can go wrong behind a URL, and what is left then."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import obstore
import pytest


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_leaves_no_object_and_no_part(s3, folder, default_signals, number, big_rows):
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


def test_an_answer_that_comes_too_late_is_no_failure(cli, s3, folder, monkeypatch, big_rows):
    """A store that makes an object of many parts and is not heard of: the object is looked for."""
    Path("big.csv").write_bytes(big_rows(300_000))
    assert cli("run", "net.yaml", "big.csv", "-o", "here.csv").exit_code == 0
    put = obstore.put
    for happens, code in ((True, 0), (False, 1)):

        def late(store, key, parts, *, happens=happens, **options):
            if happens:
                put(store, key, parts, **options)
            else:
                list(parts)
            raise FileNotFoundError("no such upload")

        monkeypatch.setattr(obstore, "put", late)
        assert cli("run", "net.yaml", "big.csv", "-o", f"{s3.url}/out{code}.csv").exit_code == code
    assert s3.names() == ["out0.csv"]
    assert s3.get("out0.csv") == Path("here.csv").read_bytes()


def test_a_refused_result_is_told_though_an_old_one_has_its_size(cli, s3, folder, monkeypatch):
    """What is there already says nothing of whether the new object was taken."""
    assert cli("run", "net.yaml", "rows.csv", "-o", f"{s3.url}/out.csv").exit_code == 0

    def refuse(store, key, data, **options):
        raise obstore.exceptions.PermissionDeniedError("403 Forbidden: AccessDenied")

    monkeypatch.setattr(obstore, "put", refuse)
    done = cli("run", "net.yaml", "rows.csv", "-o", f"{s3.url}/out.csv")
    assert done.exit_code == 1
    assert "access denied" in done.stderr


def test_a_failure_leaves_no_object_and_no_part(cli, s3, folder, big_rows):
    """A bad row at the end of many ends the run with its line; the old object stays."""
    s3.put("out.csv", b"old")
    Path("bad.csv").write_bytes(big_rows(700_000) + b"r,oops,1\n")
    done = cli("run", "net.yaml", "bad.csv", "-o", f"{s3.url}/out.csv")
    assert (done.exit_code, done.stderr) == (1, "bad.csv:700002: column x0: 'oops' is not a number\n")
    assert s3.uploads() == []
    assert s3.get("out.csv") == b"old"


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


def test_azure_needs_an_account(cli, folder, no_credentials):
    """Which account a container is in, only the environment says."""
    done = cli("run", "net.yaml", "az://box/rows.csv")
    assert done.stderr == "az://box/rows.csv: which account? Set AZURE_STORAGE_ACCOUNT_NAME\n"


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


def test_an_object_that_changes_while_it_is_read_is_told(cli, web, folder, big_rows):
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
