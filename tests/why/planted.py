"""Random networks with one mistake in them, computed in plain NumPy as a learner would, for the tests."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
import yaml
from numpy.typing import NDArray

from nncli import datasets
from nncli.netspec.model import GeneratedData
from nncli.nn.activations import ACTIVATIONS

Array = NDArray[Any]

HIDDEN = ["relu", "tanh", "sigmoid", "leaky_relu", "elu", "gelu", "silu", "softplus"]
LAST = ["softmax", "softmax", "softmax", "linear", "sigmoid"]


@dataclass
class Planted:
    """A spec, its rows, what somebody's code gives for them, and the mistake in it."""

    spec: dict[str, Any]
    rows: Array
    z: list[Array] = field(default_factory=list)
    a: list[Array] = field(default_factory=list)
    mistake: str | None = None


@dataclass
class Plan:
    """What somebody's code does; a random network's own, until a mistake is put in."""

    W: list[Array]
    b: list[Array]
    names: list[str]
    X: Array
    mean: Array | None
    std: Array | None
    n_scalings: int = 1
    sources: dict[int, tuple[int, str]] = field(default_factory=dict)
    on_rows: set[int] = field(default_factory=set)
    instead: dict[int, Any] = field(default_factory=dict)

    def run(self) -> tuple[list[Array], list[Array]]:
        """Return z and a of every layer."""
        x = self.X
        for _ in range(self.n_scalings if self.mean is not None else 0):
            x = (x - self.mean) / self.std
        zs: list[Array] = []
        activations = [x]
        for i, (W, b, name) in enumerate(zip(self.W, self.b, self.names, strict=True)):
            layer, which = self.sources.get(i, (i - 1, "a"))
            source = zs[layer] if which == "z" else activations[layer + 1]
            z = source @ W + (b[:, None] if i in self.on_rows else b)
            zs.append(z)
            activations.append(self.instead.get(i, lambda z, name=name: ACTIVATIONS[name](z))(z))
        return zs, activations[1:]


def random_network(random: np.random.RandomState) -> tuple[dict[str, Any], Plan]:
    """Return a spec with its own rows, and its plan."""
    n_layers = random.choice([1, 2, 2, 3, 3, 4])
    square = random.rand() < 0.4
    width = random.randint(2, 7)
    widths = [width if square else random.randint(2, 8) for _ in range(n_layers + 1)]
    last = random.choice(LAST)
    widths[-1] = 1 if last == "sigmoid" and random.rand() < 0.5 else widths[-1]
    names = [str(random.choice(HIDDEN)) for _ in range(n_layers - 1)] + [str(last)]
    n_rows = widths[random.randint(1, n_layers + 1)] if random.rand() < 0.4 else random.randint(3, 40)
    X = random.randn(max(2, n_rows), widths[0]) * random.choice([0.5, 1, 3])
    W = [random.randn(n, m) * random.choice([0.3, 1 / np.sqrt(n), 1]) for n, m in pairwise(widths)]
    b = [random.randn(m) * random.choice([0.2, 1]) for m in widths[1:]]
    scaled = random.rand() < 0.3
    mean, std = (random.randn(widths[0]), random.rand(widths[0]) + 0.5) if scaled else (None, None)
    spec: dict[str, Any] = {
        "inputs": widths[0],
        "layers": [
            {"weights": W_i.T.tolist(), "biases": b_i.tolist(), "activation": name}
            for W_i, b_i, name in zip(W, b, names, strict=True)
        ],
        "data": {"values": X.tolist()},
    }
    if mean is not None and std is not None:
        spec["scale"] = {"mean": mean.tolist(), "std": std.tolist()}
    return spec, Plan(W, b, names, X, mean, std)


def drawn_network(random: np.random.RandomState, *, nnfs: bool) -> tuple[dict[str, Any], Plan, int]:
    """Return a spec of drawn weights over the spiral, its plan, and its seed."""
    seed, scale = int(random.randint(1000)), float(random.choice([0.01, 0.1]))
    widths = [2, *random.randint(3, 12, size=random.randint(1, 3)).tolist(), 3]
    names = [str(random.choice(HIDDEN)) for _ in widths[2:]] + ["linear"]
    data = GeneratedData("spiral", 20, 3)
    stream = np.random.RandomState(seed)
    X, _ = datasets.draw(data, stream, nnfs)
    stream = stream if nnfs else np.random.RandomState(seed)
    W = [scale * stream.randn(n, m) for n, m in pairwise(widths)]
    spec = {
        "seed": seed,
        "nnfs": nnfs,
        "inputs": 2,
        "layers": [
            {"units": m, "activation": name, "weight_scale": scale}
            for m, name in zip(widths[1:], names, strict=True)
        ],
        "data": {"spiral": {"samples": 20, "classes": 3}},
    }
    return spec, Plan(W, [np.zeros(m) for m in widths[1:]], names, X, None, None), seed


def softmax(z: Array, axis: int | None = 1) -> Array:
    """Return the softmax along an axis."""
    e = np.exp(z - z.max())
    return e / e.sum(axis=axis, keepdims=True)


def _layer(random, plan, fits):
    """Return a random layer that fits, or None."""
    places = [i for i in range(len(plan.W)) if fits(i)]
    return None if not places else places[random.randint(len(places))]


def plant(kind: str, plan: Plan, random: np.random.RandomState) -> bool:
    """Put a mistake into a plan; return whether there was a place for it."""
    last = len(plan.W) - 1
    widths = [plan.W[0].shape[0], *(W.shape[1] for W in plan.W)]
    match kind:
        case "biases on the wrong axis":
            i = _layer(random, plan, lambda i: len(plan.b[i]) == len(plan.X))
            if i is not None:
                plan.on_rows.add(i)
        case "weights not transposed":
            i = _layer(random, plan, lambda i: min(plan.W[i].shape) > 1)
            if i is not None:
                n, m = plan.W[i].shape
                plan.W[i] = plan.W[i].T if n == m else plan.W[i].T.reshape(n, m)
        case "a layer fed with the wrong layer's outputs":
            places = [
                (i, j) for i in range(1, last + 1) for j in range(-1, i - 1) if widths[i] == widths[j + 1]
            ]
            i = None
            if places:
                i, j = places[random.randint(len(places))]
                plan.sources[i] = (j, "a")
        case "activation forgotten":
            i = _layer(random, plan, lambda i: i < last and plan.names[i] != "linear")
            if i is not None:
                plan.instead[i] = lambda z: z
        case "logits for probabilities":
            i = last if plan.names[last] in ("softmax", "sigmoid") else None
            if i is not None:
                plan.instead[i] = lambda z: z
        case "activation applied twice":
            i = _layer(random, plan, lambda i: plan.names[i] not in ("linear", "relu", "softmax"))
            if i is not None:
                name = plan.names[i]
                plan.instead[i] = lambda z: ACTIVATIONS[name](ACTIVATIONS[name](z))
        case "softmax twice":
            i = last if plan.names[last] == "softmax" else None
            plan.instead[last] = lambda z: softmax(softmax(z))
        case "the wrong activation":
            i = _layer(random, plan, lambda i: plan.names[i] != "linear")
            if i is not None:
                others = [name for name in [*HIDDEN, "mish", "selu"] if name != plan.names[i]]
                other = others[random.randint(len(others))]
                plan.instead[i] = lambda z: ACTIVATIONS[other](z)
        case "softmax over columns":
            i = last if plan.names[last] == "softmax" else None
            plan.instead[last] = lambda z: softmax(z, axis=0)
        case "softmax without normalising":
            i = last if plan.names[last] == "softmax" else None
            plan.instead[last] = np.exp
        case "ReLU on the output":
            i = last if plan.names[last] in ("softmax", "linear") else None
            act = plan.names[last]
            plan.instead[last] = lambda z: ACTIVATIONS[act](np.maximum(0, z))
        case "biases left out":
            i = _layer(random, plan, lambda i: plan.b[i].any())
            if i is not None:
                plan.b[i] = np.zeros_like(plan.b[i])
        case "scaling left out" | "scaling applied twice":
            i = None if plan.mean is None else 0
            plan.n_scalings = 0 if kind.endswith("out") else 2
        case "columns in another order":
            n = widths[0]
            order = random.permutation(n) if n <= 4 else np.arange(n)[::-1]
            i = 0
            plan.X = plan.X[:, order]
        case "wrong weight scale":
            i = random.randint(last + 1)
            plan.W[i] = plan.W[i] * random.choice([0.1, 10])
        case "rows shuffled":
            i = 0
            plan.X = plan.X[random.permutation(len(plan.X))]
        case _:
            raise ValueError(kind)
    return i is not None


KINDS = [
    "biases on the wrong axis",
    "weights not transposed",
    "a layer fed with the wrong layer's outputs",
    "activation forgotten",
    "logits for probabilities",
    "activation applied twice",
    "softmax twice",
    "the wrong activation",
    "softmax over columns",
    "softmax without normalising",
    "ReLU on the output",
    "biases left out",
    "scaling left out",
    "scaling applied twice",
    "columns in another order",
    "wrong weight scale",
    "rows shuffled",
]


def planted(seed: int) -> Planted:
    """Return a network with a mistake; the seed says which."""
    random = np.random.RandomState(seed)
    kind = [*KINDS, "wrong seed stream"][seed % (len(KINDS) + 1)]
    while True:
        if kind == "wrong seed stream" or (kind == "wrong weight scale" and random.rand() < 0.5):
            nnfs = bool(random.rand() < 0.5)
            spec, plan, its_seed = drawn_network(random, nnfs=nnfs)
            right = plan.run()[1][-1]
            if kind == "wrong seed stream":
                stream = np.random.RandomState(its_seed)
                if not nnfs:
                    datasets.draw(GeneratedData("spiral", 20, 3), stream, False)
                scale = spec["layers"][0]["weight_scale"]
                plan.W = [scale * stream.randn(*W.shape) for W in plan.W]
            else:
                factor = 10 if spec["layers"][0]["weight_scale"] == 0.01 else 0.1
                plan.W = [factor * W for W in plan.W]
        else:
            spec, plan = random_network(random)
            right = plan.run()[1][-1]
            if not plant(kind, plan, random):
                continue
        z, a = plan.run()
        if not np.allclose(a[-1], right, rtol=1e-5, atol=1e-6) and np.isfinite(a[-1]).all():
            return Planted(spec, plan.X, z, a, kind)


def other_weights(seed: int) -> Planted:
    """Return a network, and what other weights give for its rows."""
    random = np.random.RandomState(seed + 1_000_000)
    while True:
        spec, plan = random_network(random)
        right = plan.run()[1][-1]
        plan.W = [random.randn(*W.shape) * np.abs(W).mean() * 1.25 for W in plan.W]
        plan.b = [random.randn(*b.shape) * np.abs(b).mean() for b in plan.b]
        z, a = plan.run()
        if not np.allclose(a[-1], right, rtol=1e-5, atol=1e-6):
            return Planted(spec, plan.X, z, a)


def write(planted: Planted, folder: Any, how: int) -> tuple[Any, Any]:
    """Write the spec, and somebody's results in one of several ways; return both paths."""
    spec = folder / "net.yaml"
    spec.write_text(yaml.safe_dump(planted.spec))
    out = planted.a[-1]
    match how % 6:
        case 0:
            file = folder / "mine.npy"
            np.save(file, out)
        case 1:
            file = folder / "mine.npy"
            np.save(file, out.T)
        case 2:
            file = folder / "mine.npz"
            arrays: dict[str, Any] = {"output": out} | {f"z{i}": z for i, z in enumerate(planted.z)}
            np.savez(file, **arrays)
        case 3:
            file = folder / "mine.csv"
            np.savetxt(file, out, delimiter=",")
        case 4:
            file = folder / "mine.txt"
            with np.printoptions(threshold=10**6):
                file.write_text(f"{out}\n")
        case _:
            file = folder / "mine.npz"
            np.savez(file, z0=planted.z[0], output=out)
    return spec, file
