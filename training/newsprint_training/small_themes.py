"""Teaches a student to tell themes apart that it was never taught, so that a user's own theme works from its file.

Each step draws some of the small themes of `training/themes/small.jsonl`: from the description and a few sentences of each comes a mean
vector of length 1 (a prototype: Snell et al. 2017), and the student learns that other sentences of the theme are near it, and that its
hard negatives, sentences of the other themes and the other texts of the batch are not.
"""

import itertools
import json
import random

import torch
from torch.nn import functional as F

from .corpora import Example
from .marking import padded
from .themes import LABELLED

# Themes of a step, and sentences of each beside the description: what makes the prototype, what is asked.
DRAWN, SHOWN, ASKED = 8, 5, 3
# Log-odds from the cosine: SHARPNESS × (cosine − MIDDLE).
SHARPNESS, MIDDLE = 12.0, 0.5
# What a sentence that is near counts for beside one that is not.
NEAR_COUNTS = 6.0
# What the loss counts for beside others, and in every how many steps it is asked.
WEIGHT, EVERY = 0.6, 3


class SmallThemes:
    def __init__(self, marker, seed: int = 21):
        lines = (LABELLED / "small.jsonl").read_text(encoding="utf-8").splitlines()
        rows = lambda texts: marker.pieces([Example(text, None, None, "themes") for text in texts])
        some = [json.loads(line) for line in lines]
        self.themes = [(rows([theme["description"]])[0], rows(theme["hits"]), rows(theme["misses"])) for theme in some]
        self.pad = marker.pad
        self.order = random.Random(seed)
        self.steps = itertools.count()

    def drawn(self) -> list[list[int]]:
        """Rows of word pieces, theme after theme: the description, SHOWN and ASKED sentences, and a hard negative."""
        out = []
        for description, hits, misses in self.order.sample(self.themes, DRAWN):
            out += [description, *self.order.sample(hits, SHOWN + ASKED), self.order.choice(misses)]
        return out

    def lesson(self, model, others: torch.Tensor) -> torch.Tensor | float:
        """What a step adds to its loss: nothing in most."""
        return WEIGHT * self.loss(model, others) if next(self.steps) % EVERY == 0 else 0.0

    def loss(self, model, others: torch.Tensor) -> torch.Tensor:
        """`others` are what texts of none of these themes are about."""
        with torch.autocast("cpu", torch.bfloat16):
            _, _, (about, _) = model.read(*padded(self.drawn(), self.pad))
        about = F.normalize(about.float(), dim=-1).view(DRAWN, 2 + SHOWN + ASKED, -1)
        prototypes = F.normalize(about[:, : 1 + SHOWN].mean(1), dim=-1)
        asked = torch.cat([about[:, 1 + SHOWN :].flatten(0, 1), F.normalize(others.float(), dim=-1)])
        odds = SHARPNESS * (asked @ prototypes.T - MIDDLE)
        near = torch.zeros_like(odds)
        for theme in range(DRAWN):
            begin = theme * (ASKED + 1)
            near[begin : begin + ASKED, theme] = 1.0
        each = F.binary_cross_entropy_with_logits(odds, near, pos_weight=torch.tensor(NEAR_COUNTS), reduction="none")
        return each.sum(0).mean() / (DRAWN * ASKED)
