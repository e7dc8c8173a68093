"""Stores behind a network, by obstore: which one a URL means, and what its errors mean.

To add a store: an entry in `STORES`.
"""

# Imports inside of functions: obstore, which only a URL needs, and what finds credentials.

from __future__ import annotations

import os
import re
from collections.abc import Callable
from datetime import timedelta
from errno import EACCES, EIO, ENOENT
from functools import cache
from typing import Any, NamedTuple, TypeVar
from urllib.parse import urlsplit

from nncli.errors import MissingExtraError, near_miss
from nncli.stores.credentials import found_for
from nncli.stores.urls import scheme_of
from nncli.stores.waiting import Later

T = TypeVar("T")


class Store(NamedTuple):
    """What differs between stores.

    Attributes
    ----------
    client
        The class of obstore that speaks to it.
    endpoints
        The environment's variables that say where it is.
    is_web
        Whether it has no buckets, and files are only read.
    """

    client: str
    endpoints: tuple[str, ...] = ()
    is_web: bool = False


STORES = {
    "s3": Store("S3Store", ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL", "AWS_ENDPOINT")),
    "gs": Store("GCSStore", ("GOOGLE_BASE_URL", "STORAGE_EMULATOR_HOST")),
    "az": Store("AzureStore", ("AZURE_STORAGE_ENDPOINT", "AZURE_ENDPOINT")),
    "http": Store("HTTPStore", is_web=True),
    "https": Store("HTTPStore", is_web=True),
}

_PATIENCE = timedelta(seconds=20)
"""With no byte for so long, a request has failed; twice that and a little is the longest wait."""
_UPLOAD = timedelta(seconds=55)
"""The same for a request that sends: the answer comes when all of it is sent."""
_TRIES = 7
"""How often a request that failed for the moment is sent again: for about ten seconds."""
_FOREVER = timedelta(days=1)


class RemoteObject(NamedTuple):
    """An object of a store.

    Attributes
    ----------
    store
        The store's client of obstore, for the bucket or the server.
    key
        The object's name there.
    host
        Who answers, as messages say it; nothing where only an error tells.
    signed
        Whether credentials were found.
    """

    store: Any
    key: str
    host: str
    signed: bool

    def ask(self, call: Callable[[], T]) -> T:
        """Return what a call to the store gives, and be interrupted by signals while it is awaited.

        Raises
        ------
        OSError
            In one line, what is wrong: without the object's name.
        """
        try:
            return Later(call).result()
        except Exception as error:
            raise self.told(error) from error

    def told(self, error: Exception) -> OSError:
        """Return what a store's error means."""
        return _told(error, self.host, self.signed)


def object_of(url: str, *, writing: bool = False) -> RemoteObject:
    """Return the object that a URL means; nothing is asked yet.

    Raises
    ------
    OSError
        A scheme that is unknown, or settings of the environment that make no sense.
    MissingExtraError
        Where obstore is not installed.
    """
    scheme = scheme_of(url) or ""
    check_scheme(scheme, writing=writing)
    if STORES[scheme].is_web:
        host = urlsplit(url).netloc.rpartition("@")[2]
        return RemoteObject(_client(scheme, url, writing=False)[0], "", host, True)
    bucket, _, key = url.partition("://")[2].partition("/")
    endpoint = _endpoint(scheme)
    store, signed = _client_under(_settings(), scheme, bucket, writing)
    return RemoteObject(store, key, urlsplit(endpoint).netloc, signed)


def check_scheme(scheme: str, *, writing: bool) -> None:
    """Raise an OSError where a scheme is unknown, or can't be written."""
    if scheme not in STORES:
        meant = near_miss(scheme, STORES)
        question = "" if meant is None else f"; did you mean {meant}://?"
        raise OSError(
            EIO, f"unknown scheme {scheme}:// (known are {', '.join(f'{s}://' for s in STORES)}{question})"
        )
    if writing and STORES[scheme].is_web:
        raise OSError(EIO, "a web server is for reading only; write to a path or a bucket")


def _client(scheme: str, target: str, *, writing: bool) -> tuple[Any, bool]:
    """Return obstore's client for a bucket, or for one file of a web server, and whether it signs."""
    try:
        from obstore import store as clients
    except ImportError as error:
        raise MissingExtraError(f"{scheme}://", "cloud") from error
    is_web = STORES[scheme].is_web
    endpoint = target if is_web else _endpoint(scheme)
    options: dict[str, Any] = {
        "timeout": _FOREVER,
        "read_timeout": _UPLOAD if writing else _PATIENCE,
        "allow_http": endpoint.lower().startswith("http://"),
    }
    found = True if is_web else found_for(scheme, bool(endpoint))
    config: dict[str, Any] = found if isinstance(found, dict) else {} if found else {"skip_signature": True}
    retry = {"max_retries": _TRIES, "retry_timeout": _UPLOAD if writing else timedelta(seconds=30)}
    if scheme == "gs" and endpoint:
        config = {**config, "base_url": endpoint}  # Google's own tools know a variable that obstore does not
    make: Any = getattr(clients, STORES[scheme].client)
    try:
        return make(target, **config, client_options=options, retry_config=retry), bool(found)
    except Exception as error:
        raise _told(error, "", True) from error


@cache
def _client_under(settings: tuple[Any, ...], scheme: str, target: str, writing: bool) -> tuple[Any, bool]:
    """Return `_client`: the same one as long as what it reads of the environment is the same."""
    return _client(scheme, target, writing=writing)


def _settings() -> tuple[Any, ...]:
    """Return what of the environment makes a client."""
    return tuple(
        item for item in os.environ.items() if item[0].startswith(("AWS_", "GOOGLE_", "AZURE_", "STORAGE_"))
    )


def _endpoint(scheme: str) -> str:
    """Return the URL under which the user says that a store is, or nothing."""
    return next((value for name in STORES[scheme].endpoints if (value := os.environ.get(name))), "")


_STATUS = re.compile(r"non-2xx status code: (\d+)\s*([^:\n]*)")
_CODE = re.compile(r"<Code>(\w+)</Code>")
_ASKED = re.compile(r"https?://[^\s/?\"]+")


def _told(error: Exception, host: str, signed: bool) -> OSError:
    """Return what an error of obstore means, in one line without names and signatures."""
    if isinstance(error, OSError) and error.errno is not None:  # told already
        return error
    text, kind = str(error), type(error).__name__
    if not host and (asked := _ASKED.search(text)):
        host = urlsplit(asked[0]).netloc
    host = host or "the server"
    found, status = _CODE.search(text), _STATUS.search(text)
    code = found[1] if found else ""
    number = int(status[1]) if status else 0
    if code in ("NoSuchBucket", "ContainerNotFound") or "bucket does not exist" in text:
        return FileNotFoundError(ENOENT, "no such bucket")
    if isinstance(error, FileNotFoundError) or number in (404, 410):
        return FileNotFoundError(ENOENT, "no such object")
    if number in (401, 403) or kind in ("PermissionDeniedError", "UnauthenticatedError"):
        return PermissionError(
            EACCES, f"access denied ({(code or number) if signed else 'no credentials were found'})"
        )
    if kind == "PreconditionError":
        return OSError(EIO, "it has changed while it was read")
    if "redirect" in text and "region" in text:
        return OSError(EIO, "it is in another region: set AWS_REGION")
    if status is not None:
        return OSError(EIO, f"{host} says {number} {code or status[2].strip()}")
    return OSError(EIO, _unanswered(text, host))


def _unanswered(text: str, host: str) -> str:
    """Say what is wrong where nobody has answered in the store's own way."""
    low = text.lower()
    if "missingaccount" in low or "account must be specified" in low:
        return "which account? Set AZURE_STORAGE_ACCOUNT_NAME"
    if "invalidcontenttype" in low:
        return f"no secure connection to {host}: it speaks plain http://"
    if "certificate" in low or "handshake" in low:
        return f"no secure connection to {host}: its certificate is not trusted"
    if "dns error" in low or "name or service not known" in low:
        return f"no answer from {host}: no such host"
    if "body error" in low or "kind: decode" in low or "kind: interrupted" in low:
        return f"{host} broke off in the middle"
    if "kind: connect" in low or "kind: timeout" in low or "kind: request" in low:
        return f"no answer from {host}"
    first = re.sub(r"\?\S*", "", text.split("\n", 1)[0])  # a query may hold a signature
    return re.sub(r"^Generic \w+ error: ", "", first)[:200]
