"""One thread of BLAS for each of ours."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from typing import Any

began_with_one = False
"""Whether NumPy was imported with one BLAS thread, as the command line sees to; asking takes milliseconds."""

_lock = threading.Lock()
_limit = ExitStack()
_users = 0


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """Keep NumPy's products to the calling thread; the old setting returns with the last user.

    It is one setting for the whole process. Calls may overlap, so they are counted: the first sets
    the limit, the last takes it off.
    """
    global _users
    with _lock:
        if _users == 0 and not began_with_one:
            _limit.enter_context(controller().limit(limits=1, user_api="blas"))
        _users += 1
    try:
        yield
    finally:
        with _lock:
            _users -= 1
            if _users == 0:
                _limit.close()


def has_small_kernels() -> bool:
    """Whether NumPy's BLAS has kernels for small products: OpenBLAS, on processors with AVX-512."""
    kinds = {info.get("architecture") for info in controller().info()}
    return not kinds.isdisjoint({"SkylakeX", "Cooperlake", "SapphireRapids"})


@cache
def controller() -> Any:
    """Return the control over the process's BLAS; finding the libraries takes milliseconds."""
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()
