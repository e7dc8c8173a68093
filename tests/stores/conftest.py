"""A real S3 server and web servers on this machine, for as long as the tests run."""

from __future__ import annotations

import http.server
import itertools
import os
import re
import socket
import subprocess
import sys
import threading
import time
import urllib.request
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import obstore
import pytest
from obstore.store import S3Store

_numbers = itertools.count()


class Bucket:
    """A bucket of its own for a test, seen by other means than nncli's."""

    def __init__(self, endpoint: str) -> None:
        self.endpoint = endpoint
        self.name = f"bucket{next(_numbers)}"
        self.url = f"s3://{self.name}"
        request = urllib.request.Request(f"{endpoint}/{self.name}", method="PUT")
        urllib.request.urlopen(request, timeout=30).close()
        self._store: Any = S3Store(
            self.name,
            endpoint=endpoint,
            access_key_id="somebody",
            secret_access_key="secret",
            client_options={"allow_http": True},
        )

    def put(self, key: str, data: bytes | str | Path) -> str:
        """Put an object there, and return its URL."""
        content = data.read_bytes() if isinstance(data, Path) else data
        obstore.put(self._store, key, content.encode() if isinstance(content, str) else content)
        return f"{self.url}/{key}"

    def get(self, key: str) -> bytes:
        """Return an object's bytes."""
        return obstore.get(self._store, key).bytes().to_bytes()

    def names(self) -> list[str]:
        """Return the names of all objects."""
        return [o["path"] for part in obstore.list(self._store) for o in part]

    def uploads(self) -> list[str]:
        """Return the uploads that have begun and not ended."""
        with urllib.request.urlopen(f"{self.endpoint}/{self.name}?uploads", timeout=30) as answer:
            return re.findall("<UploadId>([^<]*)", answer.read().decode())


def free_port() -> int:
    """Return a port on which nobody listens."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


@pytest.fixture(scope="session")
def s3_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Start a server that speaks S3, and return where it is."""
    port = free_port()
    endpoint = f"http://127.0.0.1:{port}"
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("COVERAGE", "AWS_"))}
    with open(tmp_path_factory.mktemp("s3") / "log", "wb") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)],
            stdout=log,
            stderr=log,
            env=environment,
        )
        try:
            for _ in range(600):
                assert server.poll() is None
                try:
                    urllib.request.urlopen(endpoint, timeout=5).close()
                    break
                except OSError:
                    time.sleep(0.1)
            yield endpoint
        finally:
            server.terminate()
            server.wait()


@pytest.fixture
def no_credentials(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Take away whatever the user of this machine has for stores."""
    for name in list(os.environ):
        if name.startswith(("AWS_", "GOOGLE_", "AZURE_", "STORAGE_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "no credentials"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "no config"))


@pytest.fixture
def s3(s3_server: str, no_credentials: None, monkeypatch: pytest.MonkeyPatch) -> Bucket:
    """Return an empty bucket that the environment's variables lead to."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", s3_server)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "somebody")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    return Bucket(s3_server)


class Web:
    """A web server of some files: it keeps what was asked, and may know ranges or fail."""

    def __init__(self, *, ranges: bool) -> None:
        self.files: dict[str, bytes] = {}
        self.asked: list[tuple[str, str]] = []
        self.sent = 0
        self.answers: list[int] = []
        """Status codes that come before the first good answer."""
        web = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *args: Any) -> None:
                pass

            def do_GET(self) -> None:
                web.asked.append((self.path, self.headers.get("Range", "")))
                data = web.files.get(unquote(self.path.partition("?")[0]))
                status = web.answers.pop(0) if web.answers else 404 if data is None else 200
                body = (data or b"") if status == 200 else b""
                wanted = re.fullmatch(r"bytes=(\d+)-(\d+)", self.headers.get("Range", ""))
                whole = len(body)
                if status == 200 and ranges and wanted:
                    first, last = map(int, wanted.groups())
                    status = 206 if first < whole else 416
                    body = body[first : last + 1]
                self.send_response(status)
                self.send_header("ETag", f'"{zlib.crc32(data or b"")}"')
                self.send_header("Last-Modified", "Fri, 27 Nov 2026 12:00:00 GMT")
                if status == 206:
                    self.send_header("Content-Range", f"bytes {first}-{first + len(body) - 1}/{whole}")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                with suppress(ConnectionError):  # whoever asked has enough
                    self.wfile.write(body)
                    web.sent += len(body)

            def do_PUT(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                web.files[unquote(self.path.partition("?")[0])] = body
                self.send_response(201)
                self.send_header("ETag", '"new"')
                self.send_header("Content-Length", "0")
                self.end_headers()

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.host = f"127.0.0.1:{self.server.server_port}"
        self.url = f"http://{self.host}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def web(no_credentials: None) -> Iterator[Callable[..., Web]]:
    """Return what starts a web server."""
    servers: list[Web] = []

    def start(*, ranges: bool = True) -> Web:
        servers.append(Web(ranges=ranges))
        return servers[-1]

    yield start
    for one in servers:
        one.server.shutdown()
        one.server.server_close()


NET = """
inputs: 2
outputs: [red, green, blue]
layers:
  - {units: 8, activation: relu}
  - {units: 3, activation: softmax}
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder to work in, with a network and a few rows."""
    monkeypatch.chdir(tmp_path)
    Path("net.yaml").write_text(NET)
    Path("rows.csv").write_text("id,x0,x1\n" + "".join(f"r{i},{i / 8},{-i / 4}\n" for i in range(300)))
    return tmp_path


@pytest.fixture
def big_rows() -> Callable[[int], bytes]:
    """Return what makes the text of so many rows."""

    def text(n: int) -> bytes:
        return b"id,x0,x1\n" + b"".join(b"r%d,%d.25,-%d.5\n" % (i, i % 97, i % 31) for i in range(n))

    return text
