"""The teacher's probabilities, kept under `training/soft` by the hash of text and target: students are trained anew without it, and
from the same numbers on every machine. They hold no text."""

import hashlib
from pathlib import Path

import numpy as np
import torch

from .corpora import Example

FOLDER = Path(__file__).resolve().parents[1] / "soft"
ONE = 65_535


def key(example: Example) -> int:
    named = f"{example.text}\n{example.span}".encode()
    return int.from_bytes(hashlib.blake2b(named, digest_size=8).digest(), "little")


def write(variant: str, examples: list[Example], soft: torch.Tensor) -> None:
    """`soft` are log-probabilities `[examples, 3]`; kept in steps of 1 / 65,535, the neutral one as what is left."""
    keys, first = np.unique(np.array([key(e) for e in examples], dtype=np.uint64), return_index=True)
    sides = (soft.exp().numpy()[first][:, [0, 2]] * ONE).round().astype(np.uint16)
    FOLDER.mkdir(exist_ok=True)
    np.savez_compressed(FOLDER / f"{variant}.npz", keys=keys, sides=sides)


def read(variant: str, examples: list[Example]) -> torch.Tensor | None:
    """Log-probabilities of the examples; `None` where one of them was never scored."""
    file = FOLDER / f"{variant}.npz"
    if not file.exists():
        return None
    kept = np.load(file)
    asked = np.array([key(e) for e in examples], dtype=np.uint64)
    places = np.searchsorted(kept["keys"], asked).clip(max=len(kept["keys"]) - 1)
    if (kept["keys"][places] != asked).any():
        return None
    negative, positive = (kept["sides"][places] / ONE).T
    whole = np.stack([negative, 1 - negative - positive, positive], 1).clip(min=1 / (4 * ONE))
    return torch.from_numpy(np.log(whole / whole.sum(1, keepdims=True)).astype(np.float32))


# A state of a theme that the teacher gives less than this is not kept.
FAINT = 0.01


def text_key(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little")


def write_themes(variant: str, texts: list[str], probabilities: np.ndarray) -> None:
    """`probabilities` are `[texts, themes, 4]`; kept in steps of 1 / 255, of each theme's last three states what is not faint."""
    keys, first = np.unique(np.array([text_key(text) for text in texts], dtype=np.uint64), return_index=True)
    carried = probabilities[first][:, :, 1:].reshape(len(keys), -1)
    kept = carried >= FAINT
    FOLDER.mkdir(exist_ok=True)
    np.savez_compressed(FOLDER / f"themes-{variant}.npz", keys=keys, counts=kept.sum(1).astype(np.uint8),
                        states=np.nonzero(kept)[1].astype(np.uint8), shares=(carried[kept] * 255).round().astype(np.uint8))


def read_themes(variant: str, texts: list[str], n_themes: int) -> tuple[np.ndarray, np.ndarray] | None:
    """Which of the texts were scored, and probabilities of the last three states `[texts, themes × 3]`; `None` where nothing is kept."""
    file = FOLDER / f"themes-{variant}.npz"
    if not file.exists():
        return None
    kept = np.load(file)
    begins = np.concatenate([[0], np.cumsum(kept["counts"], dtype=np.int64)])
    asked = np.array([text_key(text) for text in texts], dtype=np.uint64)
    places = np.searchsorted(kept["keys"], asked).clip(max=len(kept["keys"]) - 1)
    known = kept["keys"][places] == asked
    out = np.zeros((len(texts), n_themes * 3), dtype=np.float16)
    states, shares = kept["states"], kept["shares"].astype(np.float32) / 255
    for row, place, is_known in zip(out, places, known):
        if is_known:
            inside = slice(begins[place], begins[place + 1])
            row[states[inside]] = shares[inside]
    return known, out
