"""Writes a model as newsprint ships it: eight-bit weights (safetensors), vocabulary, card."""

import hashlib
import json
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import nn

from .corpora import LABELS, Example
from .encoder import Classifier, names
from .marking import Marker, padded


# Products of a pair of inputs (±127) and weights then fit into 16 bits on every processor.
GREATEST_WEIGHT = 63
# How much of the inputs' unevenness is moved to the weights (SmoothQuant's α).
SMOOTHING = 0.5


def rows_in_eight_bits(weight: torch.Tensor, greatest: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Symmetric integers with one scale per row."""
    scale = weight.abs().amax(1).clamp(min=1e-8) / greatest
    return (weight / scale[:, None]).round().clamp(-greatest, greatest).to(torch.int8), scale


@torch.inference_mode()
def input_ranges(model: Classifier, marker: Marker, examples: list[Example]) -> dict[str, torch.Tensor]:
    """The greatest magnitude of each input of each linear layer over `examples`."""
    seen: dict[str, torch.Tensor] = {}

    def watch(name):
        def look(_, inputs):
            greatest = inputs[0].abs().flatten(0, -2).amax(0)
            seen[name] = torch.maximum(seen.get(name, greatest), greatest)
        return look

    watching = [m.register_forward_pre_hook(watch(n)) for n, m in model.named_modules() if isinstance(m, nn.Linear)]
    for row in marker.pieces(examples):  # one at a time: no padding is looked at
        _, plain, about = model.read(*padded([row], marker.pad))
        if model.config.get("themes") and plain.any():
            model.states(*about)
    for hook in watching:
        hook.remove()
    return seen


def factors(model: Classifier, ranges: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """What each input of each linear layer is multiplied by before it is rounded; the same for layers of the same input."""
    state = model.state_dict()
    out = {}
    for name, greatest in ranges.items():
        alike = [name]
        for part in ("query", "key", "value"):
            if name.endswith(part):
                alike = [name.removesuffix(part) + other for other in ("query", "key", "value")]
        weight = torch.stack([state[f"{other}.weight"].abs().amax(0) for other in alike]).amax(0)
        spread = greatest.clamp(min=1e-5) ** SMOOTHING / weight.clamp(min=1e-5) ** (1 - SMOOTHING)
        out[name] = 1 / spread
    return out


def tensors(model: Classifier, scale_by: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """All weights by Hugging Face's names; word embeddings and the layers' matrices in eight bits."""
    state = model.state_dict()
    out = {}
    for ours, theirs in names(model.config, head="bert.").items():
        weight, stem = state[ours].float().contiguous(), theirs.removesuffix(".weight")
        if ours == "words.weight":
            out[theirs], out[f"{stem}.scale"] = rows_in_eight_bits(weight, 127)
        elif weight.ndim == 2 and ours != "positions.weight" and not ours.endswith("classifier.weight"):
            factor = scale_by[ours.removesuffix(".weight")]
            out[theirs], out[f"{stem}.scale"] = rows_in_eight_bits(weight / factor, GREATEST_WEIGHT)
            out[f"{stem}.factor"] = factor.contiguous()
        else:
            out[theirs] = weight
    return out


def unpacked(model: Classifier, packed: dict[str, torch.Tensor]) -> Classifier:
    """A model of the weights that are shipped, in floats."""
    state = {}
    for ours, theirs in names(model.config, head="bert.").items():
        weight, stem = packed[theirs].float(), theirs.removesuffix(".weight")
        if f"{stem}.scale" in packed and theirs.endswith(".weight"):
            weight = weight * packed[f"{stem}.scale"][:, None] * packed.get(f"{stem}.factor", torch.ones(1))
        state[ours] = weight
    same = Classifier(model.config)
    same.load_state_dict(state)
    return same.eval()


def write(model: Classifier, packed: dict[str, torch.Tensor], pieces: list[str], card: dict, folder: Path) -> None:
    """Writes `model.safetensors`, `vocab.txt` and `card.json`, the last with the hashes of the others."""
    folder.mkdir(parents=True, exist_ok=True)
    save_file(packed, folder / "model.safetensors")
    (folder / "model.safetensors").chmod(0o644)
    (folder / "vocab.txt").write_text("\n".join(pieces) + "\n", encoding="utf-8")
    config = model.config
    card = card | {
        "shape": {
            "layers": config["num_hidden_layers"],
            "sentence_layers": config["sentence_layers"],
            "width": config["hidden_size"],
            "heads": config["num_attention_heads"],
            "inner": config["intermediate_size"],
            "pieces": config["vocab_size"],
            "positions": config["max_position_embeddings"],
        },
        "labels": list(LABELS),
        "files": {name: sha256(folder / name) for name in ("model.safetensors", "vocab.txt")},
    }
    (folder / "card.json").write_text(json.dumps(card, indent=2) + "\n")


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
