"""Tensors that are known to belong to something else than dense layers, by their names."""

from __future__ import annotations

import re

from nncli.errors import ModelError
from nncli.models.tensors import Tensors, quoted

_NOT_LAYERS = {
    r"lora_\w+": "are LoRA adapters, no network: call merge_and_unload() and save the whole model",
    r"parametrizations": "are what weights are computed from: call "
    "torch.nn.utils.parametrize.remove_parametrizations(layer, 'weight') before you save",
    # Before weight_[gv]: a spectral normalisation has a weight_v too.
    r"weight_(orig|mask|u)": "are what weights are computed from: call torch.nn.utils.prune.remove(layer, "
    "'weight') or remove_spectral_norm(layer) before you save",
    r"weight_[gv]": "are a weight normalisation, from which weights are computed: call "
    "torch.nn.utils.remove_weight_norm(layer) before you save",
    r"(weight|bias)_[ih]h(_l[0-9]+(_reverse)?)?|recurrent_kernel": "belong to a recurrent network, "
    "which is no chain of dense layers",
    r"in_proj_(weight|bias)": "belong to an attention, which is no dense layer",
    r"running_mean|running_var|num_batches_tracked|moving_(mean|variance)": "belong to a batch "
    "normalisation, which a weights file can't say in full; export the model to ONNX and convert that",
}
"""Parts of names that belong to no dense layer, and what they are."""
_EMBEDDING = re.compile(r"(.*[./_])?(\w*embed(ding)?s?|emb|wte|wpe)[0-9_]*\.weight", re.DOTALL)


def refuse_foreign(tensors: Tensors, file: str) -> None:
    """Refuse tensors that are known to be no dense layer's, by their names."""
    for pattern, what in _NOT_LAYERS.items():
        part = re.compile(rf"(.*[./:])?({pattern})([./:].*)?", re.DOTALL)
        if found := [name for name in tensors if part.fullmatch(name)]:
            raise ModelError(f"{file}: tensors {quoted(*found)} {what}")
    for name in tensors:
        if _EMBEDDING.fullmatch(name) and f"{name.removesuffix('weight')}bias" not in tensors:
            raise ModelError(f"{file}: tensor {quoted(name)} is an embedding, which is no dense layer")
