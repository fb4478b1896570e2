"""Texts to word pieces, with the target between two markers: `... [unused1] target [unused2] ...`."""

from pathlib import Path

import torch
from tokenizers import Tokenizer

from .corpora import Example

MAX_PIECES = 128


class Marker:
    """Tokenizes examples for one vocabulary."""

    def __init__(self, file: Path, first: str = "[CLS]", last: str = "[SEP]", pad: str = "[PAD]"):
        self.tokenizer = Tokenizer.from_file(str(file))
        self.tokenizer.no_padding()
        self.tokenizer.no_truncation()
        ids = [self.tokenizer.token_to_id(t) for t in (first, last, pad, "[unused1]", "[unused2]")]
        assert None not in ids, ids
        self.first, self.last, self.pad, self.opening, self.closing = ids

    def pieces(self, examples: list[Example]) -> list[list[int]]:
        """Word pieces of each example; of a text that is too long, what stands around the target is kept."""
        parts = [part for example in examples for part in _parts(example)]
        encoded = iter(self.tokenizer.encode_batch(parts, add_special_tokens=False))
        return [self._assemble(example, encoded) for example in examples]

    def _assemble(self, example: Example, encoded) -> list[int]:
        if example.span is None:
            return [self.first, *next(encoded).ids[: MAX_PIECES - 2], self.last]
        left, target, right = (next(encoded).ids for _ in range(3))
        left, target, right = keep_around(left, target, right, MAX_PIECES - 4)
        return [self.first, *left, self.opening, *target, self.closing, *right, self.last]


def _parts(example: Example) -> list[str]:
    if example.span is None:
        return [example.text]
    start, end = example.span
    return [example.text[:start], example.text[start:end], example.text[end:]]


def keep_around(left: list[int], target: list[int], right: list[int], room: int):
    """Cuts the three parts to `room` pieces: the target first, then both sides alike."""
    target = target[:room]
    room -= len(target)
    n_left = min(len(left), max(room // 2, room - len(right)))
    return left[len(left) - n_left :], target, right[: room - n_left]


def padded(rows: list[list[int]], pad: int):
    """Identifiers and mask, `[rows, longest]`."""
    longest = max(map(len, rows))
    ids = torch.tensor([row + [pad] * (longest - len(row)) for row in rows])
    mask = torch.tensor([[1] * len(row) + [0] * (longest - len(row)) for row in rows])
    return ids, mask
