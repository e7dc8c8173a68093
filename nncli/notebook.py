"""A network as a notebook shows it: its drawing and its summary, and the arithmetic of a row.

`nn` knows nothing of pictures and words, so `nncli.load` gives a `Network` with these methods on top.
They import views and facts on use: loading a network loads no more for them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nncli.errors import DataError
from nncli.nn.network import Network

if TYPE_CHECKING:
    from nncli.views.document import Block


class Explanation(dict[str, Any]):
    """The JSON of ``nncli explain`` of a row; it shows itself as the command prints it."""

    def __init__(self, values: dict[str, Any], blocks: Sequence[Block]) -> None:
        super().__init__(values)
        self._blocks = blocks

    def __repr__(self) -> str:
        from nncli.views.document import as_text

        return as_text(self._blocks).rstrip("\n")

    def _repr_html_(self) -> str:
        from nncli.views.document import as_html

        return as_html(self._blocks)

    def _repr_markdown_(self) -> str:
        from nncli.views.document import as_markdown

        return as_markdown(self._blocks)


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class LoadedNetwork(Network):
    """A network that was read from a file; see `Network` for what it computes.

    Parameters
    ----------
    name
        What messages and pictures call it: the file's path.
    """

    name: str = "network"

    def __repr__(self) -> str:
        layers = " -> ".join(f"{layer.n_units} {layer.activation}" for layer in self.layers)
        return f"<network {self.name}: {self.n_inputs} -> {layers}>"

    def explain(self, values: ArrayLike) -> Explanation:
        """Return how the network's numbers come about for one row.

        Parameters
        ----------
        values : (n_inputs,)
            The row, in the order of `inputs`.

        Returns
        -------
        Explanation
            A dict with the keys that ``nncli explain`` describes.

        Raises
        ------
        DataError
            No row of so many finite numbers.
        """
        import orjson

        from nncli.inspect.activity import Activity
        from nncli.inspect.explain import explain_row
        from nncli.inspect.notes import row_notes
        from nncli.inspect.rows import pick
        from nncli.views.explain_words import words
        from nncli.views.text import json_text

        X = self._row(values)
        picked, activity = pick(self, X), Activity(self)
        activity.add(X)
        explanation = explain_row(self, picked, spec=self.name)
        explanation = replace(explanation, notes=row_notes(self, picked, activity))
        return Explanation(orjson.loads(json_text(explanation)), words(explanation))

    def _row(self, values: ArrayLike) -> NDArray[Any]:
        """Return one row as a matrix, (1, n_inputs)."""
        try:
            row = np.asarray(values, dtype=self.input_dtype)
        except (TypeError, ValueError) as error:
            raise DataError("the values are no row of numbers") from error
        if row.shape not in ((self.n_inputs,), (1, self.n_inputs)):
            raise DataError(
                f"the values have the shape {row.shape}, the network takes one row: ({self.n_inputs},)"
            )
        if not np.isfinite(row).all():
            raise DataError("the values hold NaN or infinity")
        return row.reshape(1, -1)

    def _repr_html_(self) -> str:
        from nncli.inspect.summary import summarize
        from nncli.views.document import as_html
        from nncli.views.draw import drawing
        from nncli.views.draw_svg import draw_svg
        from nncli.views.summary import summary_blocks

        picture = draw_svg(drawing(self, name=self.name), id=f"nncli-{id(self):x}")
        return f"<div>\n{picture}{as_html(summary_blocks(self.name, summarize(self)))}</div>\n"


def loaded(network: Network, name: str) -> LoadedNetwork:
    """Return a network that shows itself."""
    own = {each.name: getattr(network, each.name) for each in fields(Network)}
    return LoadedNetwork(**own, name=name)
