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

    from nncli.notebook import LoadedNetwork

__all__ = ["load"]


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


def __getattr__(name: str) -> str:
    if name == "__version__":  # asked of the installed package only when wanted
        from importlib.metadata import version

        return version("nncli-inference")
    raise AttributeError(f"module 'nncli' has no attribute '{name}'")
