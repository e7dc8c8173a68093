"""Run the forward pass of a dense neural network.

::

    import nncli
    network = nncli.load("configs/spiral.yaml")
    network(X)  # (n_rows, n_inputs) -> (n_rows, n_outputs)
    network.explain(values)  # the arithmetic of one row

Importing this package loads nothing else; NumPy and the rest come with the first use.
"""

from __future__ import annotations

TYPE_CHECKING = False  # as typing has it, without its import: till that is over, Ctrl-C is a traceback
if TYPE_CHECKING:
    from collections.abc import Sequence
    from os import PathLike

    from nncli.jobs.job import Keep
    from nncli.jobs.predictor import Predictor
    from nncli.notebook import LoadedNetwork
    from nncli.tables.missing import MissingRule

__all__ = ["load", "predictor"]


def load(
    path: str | PathLike[str], overrides: Sequence[str] = (), activations: Sequence[str] | None = None
) -> LoadedNetwork:
    """Read a network from a spec or from another tool's model file.

    Parameters
    ----------
    path
        A network spec, e.g. ``configs/spiral.yaml``, or a model file, e.g. ``model.onnx``.
    overrides
        Changes to the spec, e.g. ``["seed=3", "layers.0.units=8"]``; a model file means the spec that
        ``nncli convert`` would write of it.
    activations
        What follows each layer, e.g. ``["relu", "softmax"]``, where the file holds weights only.

    Returns
    -------
    LoadedNetwork
        A callable: (n_rows, n_inputs) -> (n_rows, n_outputs). A notebook shows its drawing and its
        summary, and ``network.explain(values)`` is the arithmetic of a row.

    Raises
    ------
    nncli.errors.NncliError
        Where a file is at fault; the message says where.
    """
    from nncli import models
    from nncli.notebook import loaded

    model = models.open_model(path, overrides, activations)
    return loaded(model.network, model.spec.name)


def predictor(
    path: str | PathLike[str],
    overrides: Sequence[str] = (),
    activations: Sequence[str] | None = None,
    *,
    features: Sequence[str] = (),
    labels: Sequence[str] = (),
    keep: Keep = None,
    missing: MissingRule = "error",
    trace: bool = False,
    decimals: int | None = None,
) -> Predictor:
    """Return a function from Arrow rows to the columns that ``nncli run`` would write of them.

    It can be pickled, and then needs no file: for Dask, Ray, Spark, Polars and others.

    Parameters
    ----------
    path, overrides, activations
        The network, as in `load`.
    features
        The columns that go in, in the network's order; none: the names of its inputs tell.
    labels
        Columns that are no features, where those go in by position.
    keep
        Which columns are copied: ``others`` (the default: those that don't go in), ``all``, ``none``, names.
    missing
        What becomes of rows with a missing value: ``error``, ``null`` (no result), or a number in its place.
    trace, decimals
        Whether every layer's numbers are there, too, and how the network's numbers are rounded.

    Returns
    -------
    Predictor
        A callable: record batch -> record batch, table -> table.

    Raises
    ------
    nncli.errors.NncliError
        Where a file is at fault; from the function, where columns don't match or a row is wrong.
    """
    from pathlib import Path

    from nncli import models
    from nncli.jobs.job import Job
    from nncli.jobs.predictor import Predictor, checked_decimals, missing_rule, names_in

    network = models.open_model(Path(path), overrides, activations).network
    job = Job(
        Path(path),
        features=names_in(features),
        labels=names_in(labels),
        keep=keep if keep in (None, "others", "all", "none") else names_in(keep),
        missing=missing_rule(missing),
        trace=trace,
        decimals=checked_decimals(decimals),
    )
    return Predictor(network, job)


def __getattr__(name: str) -> str:
    if name == "__version__":  # asked of the installed package only when wanted
        from importlib.metadata import version

        return version("nncli-inference")
    raise AttributeError(f"module 'nncli' has no attribute '{name}'")
