"""All that is known of an activation, in one table: `ACTIVATIONS`.

To add one: write its function, and its entry in the table under it. Its twin in JavaScript goes
into `nncli/views/report/page/forward.js` under the same name. An entry that says too little ends the
import of this module, a missing twin that of the page's.

Every function takes weighted sums ``z`` of shape (n_rows, n_units) and returns an array of the same
shape and dtype. A parameter ``alpha`` becomes the spec's key ``alpha``, its default the spec's default.

The formulas are PyTorch's defaults (https://docs.pytorch.org/docs/stable/nn.functional.html),
written so that no finite or infinite ``z`` overflows on the way.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from nncli.nn.erf import erfc

Array = NDArray[Any]

Alpha = float | tuple[float, ...]
"""An activation's parameter: one number, or for prelu one for each unit."""


def linear(z: Array) -> Array:
    """Return z itself."""
    return z


def relu(z: Array) -> Array:
    """Return max(0, z)."""
    return np.maximum(0, z)


def relu6(z: Array) -> Array:
    """Return min(max(0, z), 6)."""
    return np.clip(z, 0, 6)


def softmax(z: Array) -> Array:
    """Return exp(z) / sum(exp(z)) along each row, shifted by the row's maximum against overflow."""
    exp_values = np.exp(z - np.max(z, axis=1, keepdims=True))
    probabilities: Array = exp_values / np.sum(exp_values, axis=1, keepdims=True)
    return probabilities


def log_softmax(z: Array) -> Array:
    """Return log(softmax(z)) along each row, without taking the logarithm of a rounded 0."""
    shifted = z - np.max(z, axis=1, keepdims=True)
    log_probabilities: Array = shifted - np.log(np.sum(np.exp(shifted), axis=1, keepdims=True))
    return log_probabilities


def sigmoid(z: Array) -> Array:
    """Return 1 / (1 + exp(-z))."""
    with np.errstate(over="ignore"):  # exp(-z) may well be infinite: 1 / inf is the 0 that is meant
        return 1 / (1 + np.exp(-z))


def tanh(z: Array) -> Array:
    """Return the hyperbolic tangent of z."""
    return np.tanh(z)


def leaky_relu(z: Array, alpha: float = 0.01) -> Array:
    """Return z where it is positive, alpha * z elsewhere."""
    return np.where(z > 0, z, alpha * np.minimum(z, 0))


def prelu(z: Array, alpha: Alpha = 0.25) -> Array:
    """Return z where it is positive, alpha * z elsewhere; alpha may be one number for each unit (He 2015)."""
    return np.where(z > 0, z, np.asarray(alpha, z.dtype) * np.minimum(z, 0))


def elu(z: Array, alpha: float = 1.0) -> Array:
    """Return z where it is positive, alpha * (exp(z) - 1) elsewhere (Clevert et al. 2015)."""
    return np.where(z > 0, z, alpha * np.expm1(np.minimum(z, 0)))


def celu(z: Array, alpha: float = 1.0) -> Array:
    """Return z where it is positive, alpha * (exp(z / alpha) - 1) elsewhere (Barron 2017)."""
    return np.where(z > 0, z, alpha * np.expm1(np.minimum(z, 0) / alpha))


def selu(z: Array) -> Array:
    """Return scale * elu(z, alpha) with the two constants of Klambauer et al. 2017."""
    scale, alpha = 1.0507009873554804934193349852946, 1.6732632423543772848170429916717
    return scale * elu(z, alpha)


def gelu(z: Array) -> Array:
    """Return z * P(N <= z) for a normal N, that is z / 2 * (1 + erf(z / sqrt(2))) (Hendrycks 2016)."""
    probability = 0.5 * erfc(z * -np.sqrt(0.5).item())
    return np.maximum(z, -100) * probability  # 0 below -100: keeps -inf * 0 out


def gelu_tanh(z: Array) -> Array:
    """Return gelu's approximation z / 2 * (1 + tanh(sqrt(2 / pi) * (z + 0.044715 * z**3)))."""
    inner = np.clip(z, -10, 10)  # from 10 on tanh is 1 to the last bit, and z**3 can't overflow
    t = np.tanh(np.sqrt(2 / np.pi).item() * (inner + 0.044715 * inner * inner * inner))
    return 0.5 * np.maximum(z, -10) * (1 + t)


def silu(z: Array) -> Array:
    """Return z * sigmoid(z)."""
    return np.maximum(z, -1000) * sigmoid(z)  # 0 below -1000: keeps -inf * 0 out


def softplus(z: Array) -> Array:
    """Return log(1 + exp(z)), as max(z, 0) + log(1 + exp(-|z|))."""
    return np.maximum(z, 0) + np.log1p(np.exp(-np.abs(z)))


def mish(z: Array) -> Array:
    """Return z * tanh(softplus(z)) (Misra 2019)."""
    return np.maximum(z, -1000) * np.tanh(softplus(z))  # 0 below -1000: keeps -inf * 0 out


def hard_swish(z: Array) -> Array:
    """Return z * clip(z + 3, 0, 6) / 6 (Howard et al. 2019)."""
    return np.maximum(z, -3) * (np.clip(z + 3, 0, 6) / 6)


def softsign(z: Array) -> Array:
    """Return z / (1 + |z|)."""
    largest = np.finfo(z.dtype).max
    finite = np.clip(z, -largest, largest)  # inf / inf would be NaN
    return finite / (1 + np.abs(finite))


def hard_sigmoid(z: Array, alpha: float = 1 / 6) -> Array:
    """Return clip(alpha * z + 1/2, 0, 1)."""
    return np.clip(alpha * z + 0.5, 0, 1)


class Formula(NamedTuple):
    """A formula as a learner reads it, in Python's notation.

    Parameters
    ----------
    text
        In ``z`` and ``alpha``.
    above
        The same with places for the numbers: ``{z}``, ``{alpha}``, and for those that look at the
        whole layer ``{shifted}``, ``{exponential}`` and ``{total}``.
    below
        The branch for z <= 0, where there are two.
    """

    text: str
    above: str
    below: str | None = None


Form = Any
"""How ONNX says an activation: ``(operator, *inputs)``, where settings come last as a dictionary.

An input is a form, a number, or `Z`, the tensor that the activation is applied to, the same one
wherever it stands. `ALPHA` stands for the layer's alpha, among the inputs or the settings.
"""

Z, ALPHA = "z", "alpha"


class Activation(NamedTuple):
    """What is known of one activation; calling it applies its function.

    Parameters
    ----------
    function
        (n_rows, n_units) -> (n_rows, n_units).
    formula
        What `nncli explain` and the page show.
    onnx
        The forms that are read; the first is the one that is written.
    keras
        Keras's names of it, each with its alpha there where that is not our default.
    torch
        PyTorch's class, in ``torch.nn``.
    also
        What else people call it: for hints.
    limits
        Its two flat ends, where it has them: near one of them a unit is saturated.
    per_row
        Whether it looks at a whole row of units, as softmax does.
    alpha_per_unit
        Whether its alpha may be a number for each unit.
    alpha_divides
        Whether something is divided by its alpha, which must be positive then.
    """

    function: Callable[..., Array]
    formula: Formula
    onnx: tuple[Form, ...]
    keras: Mapping[str, float | None]
    torch: str
    also: tuple[str, ...] = ()
    limits: tuple[float, float] | None = None
    per_row: bool = False
    alpha_per_unit: bool = False
    alpha_divides: bool = False

    @property
    def alpha(self) -> float | None:
        """The default of its alpha, or None where it takes none."""
        defaults: tuple[float, ...] = getattr(self.function, "__defaults__", None) or ()
        return defaults[0] if defaults else None

    def problem(self, alpha: Alpha | None, n_units: int | None) -> str | None:
        """Return what is wrong with an alpha for a layer of so many units, or None."""
        if alpha is None:
            return None
        if self.alpha is None:
            takers = ", ".join(name for name, other in ACTIVATIONS.items() if other.alpha is not None)
            return f"takes no alpha; {takers} do"
        if isinstance(alpha, tuple) and not self.alpha_per_unit:
            return "takes one number as alpha"
        if isinstance(alpha, tuple) and n_units not in (None, len(alpha)):
            return f"has {len(alpha)} slopes in alpha for {n_units} units"
        if not isinstance(alpha, tuple) and self.alpha_divides and alpha <= 0:
            return f"divides by its alpha, which must be positive, not {alpha!r}"
        return None

    def __call__(self, z: Array, alpha: Alpha | None = None) -> Array:
        """Return the activations of weighted sums, (n_rows, n_units)."""
        return self.function(z) if alpha is None or self.alpha is None else self.function(z, alpha)


def _half_times(*factors: Form) -> tuple[Form, ...]:
    """Return z * factor / 2 in the orders of multiplication that tools choose."""
    orders: list[Form] = []
    for factor in factors:
        orders += [
            ("Mul", ("Mul", Z, 0.5), factor),
            ("Mul", ("Mul", Z, factor), 0.5),
            ("Mul", ("Mul", factor, 0.5), Z),
            ("Div", ("Mul", Z, factor), 2.0),
        ]
    return tuple(orders)


def _tanh_of(cube: Form) -> Form:
    return ("Tanh", ("Mul", ("Add", Z, ("Mul", cube, 0.044715)), math.sqrt(2 / math.pi)))


def sums(operator: str, form: Form, axis: int) -> tuple[Form, ...]:
    """Return the sum or the maximum of each row: its axis is an input, or in older files a setting."""
    return (operator, form, float(axis), {"keepdims": 1}), (operator, form, {"axes": (axis,), "keepdims": 1})


_EXPONENTIALS = (  # the last one is a part of the others
    *(("Exp", ("Sub", Z, most)) for axis in (-1, 1) for most in sums("ReduceMax", Z, axis)),
    ("Exp", Z),
)


def _has_alpha(form: Form) -> bool:
    if isinstance(form, tuple):
        return any(map(_has_alpha, form[1:]))
    return ALPHA in form.values() if isinstance(form, dict) else form == ALPHA


_SIX_PARTS = ("Clip", ("Add", Z, 3.0), 0.0, 6.0)
_FLOAT32_MAX = 3.4028234663852886e38
_SOFTPLUS = (
    ("Softplus", Z),
    ("Log", ("Add", ("Exp", Z), 1.0)),
    # PyTorch's threshold: from 20 on softplus is z itself, to the last bit of float32.
    ("Where", ("Greater", Z, 20.0), Z, ("Softplus", Z)),
)


def checked(table: dict[str, Activation]) -> dict[str, Activation]:
    """Return the table.

    Raises
    ------
    TypeError
        Where an entry is incomplete, so that nobody meets the gap later.
    """
    for name, (_, formula, onnx, *_) in table.items():
        takes_alpha = table[name].alpha is not None
        branches = formula.above + (formula.below or "")
        places = set(re.findall(r"\{(\w+)", branches))
        known = {"z", "alpha"} | ({"shifted", "exponential", "total"} if table[name].per_row else set())
        for problem, is_there in {
            "its formula has places for numbers that nobody knows": not places <= known,
            "its formula and its function disagree about alpha": ("alpha" in places) != takes_alpha
            or ("alpha" in formula.text) != takes_alpha,
            "it has no ONNX form": not onnx,
            "the ONNX form to write and its function disagree about alpha": bool(onnx)
            and _has_alpha(onnx[0]) != takes_alpha,
        }.items():
            if is_there:
                raise TypeError(f"activation {name!r} is incomplete: {problem}")
    return table


ACTIVATIONS = checked(
    {
        "linear": Activation(
            linear,
            Formula("z", "{z}"),
            onnx=(Z,),
            keras={"linear": None},
            torch="Identity",
            also=("identity", "none"),
        ),
        "relu": Activation(
            relu,
            Formula("max(0, z)", "max(0, {z})"),
            onnx=(
                ("Relu", Z),
                ("Max", Z, 0.0),
                ("Clip", Z, 0.0),
                ("Clip", Z, 0.0, _FLOAT32_MAX),
                ("Clip", Z, {"min": 0.0, "max": _FLOAT32_MAX}),  # before opset 11
            ),
            keras={"relu": None},
            torch="ReLU",
        ),
        "relu6": Activation(
            relu6,
            Formula("min(max(0, z), 6)", "min(max(0, {z}), 6)"),
            onnx=(
                ("Clip", Z, 0.0, 6.0),
                ("Clip", Z, {"min": 0.0, "max": 6.0}),
                ("Min", ("Relu", Z), 6.0),
                ("Min", ("Max", Z, 0.0), 6.0),
            ),
            keras={"relu6": None},
            torch="ReLU6",
            limits=(0, 6),
        ),
        "softmax": Activation(
            softmax,
            Formula("exp(z - largest z) / sum of exp(z - largest z)", "{exponential} / {total}"),
            onnx=(
                ("Softmax", Z, {"axis": -1}),
                *(
                    ("Div", part, total)
                    for part in _EXPONENTIALS
                    for axis in (-1, 1)
                    for total in sums("ReduceSum", part, axis)
                ),
            ),
            keras={"softmax": None},
            torch="Softmax",
            per_row=True,
        ),
        "sigmoid": Activation(
            sigmoid,
            Formula("1 / (1 + exp(-z))", "1 / (1 + exp(-{z}))"),
            onnx=(
                ("Sigmoid", Z),
                *(
                    form
                    for minus in (("Neg", Z), ("Mul", Z, -1.0))
                    for form in (
                        ("Reciprocal", ("Add", ("Exp", minus), 1.0)),
                        ("Div", 1.0, ("Add", ("Exp", minus), 1.0)),
                    )
                ),
            ),
            keras={"sigmoid": None},
            torch="Sigmoid",
            also=("logistic",),
            limits=(0, 1),
        ),
        "tanh": Activation(
            tanh,
            Formula("tanh(z)", "tanh({z})"),
            onnx=(("Tanh", Z),),
            keras={"tanh": None},
            torch="Tanh",
            limits=(-1, 1),
        ),
        "leaky_relu": Activation(
            leaky_relu,
            Formula("z if z > 0 else alpha * z", "{z}", "{alpha} * {z}"),
            onnx=(
                ("LeakyRelu", Z, {"alpha": ALPHA}),
                ("PRelu", Z, ALPHA),
                ("Where", ("Greater", Z, 0.0), Z, ("Mul", Z, ALPHA)),
            ),
            keras={"leaky_relu": 0.2},
            torch="LeakyReLU",
        ),
        "prelu": Activation(
            prelu,
            Formula("z if z > 0 else alpha * z", "{z}", "{alpha} * {z}"),
            onnx=(("PRelu", Z, ALPHA),),
            keras={},
            torch="PReLU",
            alpha_per_unit=True,
        ),
        "elu": Activation(
            elu,
            Formula("z if z > 0 else alpha * (exp(z) - 1)", "{z}", "{alpha} * (exp({z}) - 1)"),
            onnx=(("Elu", Z, {"alpha": ALPHA}),),
            keras={"elu": None},
            torch="ELU",
        ),
        "celu": Activation(
            celu,
            Formula(
                "z if z > 0 else alpha * (exp(z / alpha) - 1)", "{z}", "{alpha} * (exp({z} / {alpha}) - 1)"
            ),
            onnx=(("Mul", ("Elu", ("Div", Z, ALPHA), {"alpha": 1.0}), ALPHA), ("Celu", Z, {"alpha": ALPHA})),
            keras={"celu": None},
            torch="CELU",
            alpha_divides=True,
        ),
        "selu": Activation(
            selu,
            Formula(
                "1.0507010 * (z if z > 0 else 1.6732632 * (exp(z) - 1))",
                "1.0507010 * {z}",
                "1.0507010 * 1.6732632 * (exp({z}) - 1)",
            ),
            onnx=(("Selu", Z, {"alpha": 1.6732631921768188, "gamma": 1.0507010221481323}),),
            keras={"selu": None},
            torch="SELU",
        ),
        "gelu": Activation(
            gelu,
            Formula("z / 2 * (1 + erf(z / sqrt(2)))", "{z} / 2 * (1 + erf({z} / sqrt(2)))"),
            onnx=(
                *_half_times(
                    ("Add", ("Erf", ("Div", Z, math.sqrt(2))), 1.0),
                    ("Add", ("Erf", ("Mul", Z, math.sqrt(0.5))), 1.0),
                ),
                ("Gelu", Z, {"approximate": b"none"}),
            ),
            keras={"gelu": None},
            torch="GELU",
        ),
        "gelu_tanh": Activation(
            gelu_tanh,
            Formula(
                "z / 2 * (1 + tanh(sqrt(2 / pi) * (z + 0.044715 * z**3)))",
                "{z} / 2 * (1 + tanh(sqrt(2 / pi) * ({z} + 0.044715 * {z}**3)))",
            ),
            onnx=(
                *_half_times(
                    ("Add", _tanh_of(("Mul", Z, ("Mul", Z, Z))), 1.0),
                    ("Add", _tanh_of(("Pow", Z, 3.0)), 1.0),
                ),
                ("Gelu", Z, {"approximate": b"tanh"}),
            ),
            keras={},
            torch="GELU",
        ),
        "silu": Activation(
            silu,
            Formula("z / (1 + exp(-z))", "{z} / (1 + exp(-{z}))"),
            onnx=(("Mul", Z, ("Sigmoid", Z)), ("Swish", Z, {"alpha": 1.0})),
            keras={"silu": None, "swish": None},
            torch="SiLU",
        ),
        "softplus": Activation(
            softplus,
            Formula("log(1 + exp(z))", "log(1 + exp({z}))"),
            onnx=_SOFTPLUS,
            keras={"softplus": None},
            torch="Softplus",
        ),
        "mish": Activation(
            mish,
            Formula("z * tanh(log(1 + exp(z)))", "{z} * tanh(log(1 + exp({z})))"),
            onnx=(*(("Mul", Z, ("Tanh", form)) for form in _SOFTPLUS), ("Mish", Z)),
            keras={"mish": None},
            torch="Mish",
        ),
        "softsign": Activation(
            softsign,
            Formula("z / (1 + abs(z))", "{z} / (1 + abs({z}))"),
            onnx=(("Softsign", Z), ("Div", Z, ("Add", ("Abs", Z), 1.0))),
            keras={"softsign": None},
            torch="Softsign",
            limits=(-1, 1),
        ),
        "hard_sigmoid": Activation(
            hard_sigmoid,
            Formula("min(1, max(0, alpha * z + 0.5))", "min(1, max(0, {alpha} * {z} + 0.5))"),
            onnx=(
                ("HardSigmoid", Z, {"alpha": ALPHA, "beta": 0.5}),
                ("Div", _SIX_PARTS, 6.0),
                ("Mul", _SIX_PARTS, 1 / 6),
            ),
            keras={"hard_sigmoid": None},
            torch="Hardsigmoid",
            limits=(0, 1),
        ),
        "hard_swish": Activation(
            hard_swish,
            Formula("z * min(6, max(0, z + 3)) / 6", "{z} * min(6, max(0, {z} + 3)) / 6"),
            onnx=(
                ("Mul", Z, ("Div", _SIX_PARTS, 6.0)),
                ("Mul", Z, ("Mul", _SIX_PARTS, 1 / 6)),
                ("Mul", Z, ("HardSigmoid", Z, {"alpha": 1 / 6, "beta": 0.5})),
                ("Div", ("Mul", Z, _SIX_PARTS), 6.0),
                ("Mul", ("Mul", Z, _SIX_PARTS), 1 / 6),
                ("HardSwish", Z),
            ),
            keras={"hard_swish": None, "hard_silu": None},
            torch="Hardswish",
        ),
        "log_softmax": Activation(
            log_softmax,
            Formula("z - largest z - log(sum of exp(z - largest z))", "{shifted} - log({total})"),
            onnx=(("LogSoftmax", Z, {"axis": -1}), ("Log", ("Softmax", Z, {"axis": -1}))),
            keras={"log_softmax": None},
            torch="LogSoftmax",
            per_row=True,
        ),
    }
)


def default_alpha(name: str) -> float | None:
    """Return the default of the activation's alpha, or None where it takes none."""
    return ACTIVATIONS[name].alpha


def meant_by(word: str) -> str | None:
    """Return the activation that another tool, or another spelling, calls so."""
    plain = _plain(word)
    for name, activation in ACTIVATIONS.items():
        if plain in map(_plain, (name, activation.torch, *activation.keras, *activation.also)):
            return name
    return None


def _plain(word: str) -> str:
    return word.lower().replace("_", "").replace("-", "")
