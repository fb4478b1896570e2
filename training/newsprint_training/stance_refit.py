"""Stances, learned once more by the layer that reads themes alone, where few sentences among all lessons ask for them: the examples of a theme's
file, and for rate cuts the language of a central bank's committee.

What is added to a theme's logits sums to nothing over its three stances and is kept small, so that whether a sentence carries the theme stays
nearly as it was. Refitting every theme on all labels that way was tried: it found too much (real texts .852 -> .796 micro F1).
"""

from pathlib import Path

import numpy as np
import torch
from torch.nn.functional import cross_entropy

from . import lessons, themes
from .themes import ABSENT, STATES, THEMES, Themed

COMMITTEES_THEME = "rate_cuts"
# What a newspaper's sentence that carries the theme counts for beside one of a committee, and an example of the theme's file.
NEWS, PROMISED = 0.5, 8.0
# Of the committee's language: weight of the squared weights, steps and rate.
PENALTY, STEPS, RATE = 0.01, 300, 0.01
# Of a file's examples: by how much a stance's logit must lead, at most so many steps, and their rate.
LEAD, MOST_STEPS, SMALL_RATE = 0.25, 400, 0.0003


def stance(example: Themed, theme: str) -> int | None:
    """Weaker, neither, stronger as 0, 1, 2; `None` where the label leaves it open."""
    carried = [state for state in example.states.get(theme, ()) if state != ABSENT]
    return carried[0] - 1 if len(carried) == 1 else None


class Addition:
    """Weights `[width, 3]` and biases `[3]` that are added to a theme's logits; each sums to nothing over the stances."""

    def __init__(self, width: int, rate: float):
        self.weights = torch.zeros(width, STATES - 1, requires_grad=True)
        self.biases = torch.zeros(STATES - 1, requires_grad=True)
        self.optimizer = torch.optim.Adam([self.weights, self.biases], lr=rate)

    def centred(self):
        return self.weights - self.weights.mean(1, keepdim=True), self.biases - self.biases.mean()

    def added(self, about, said):
        weights, biases = self.centred()
        return about @ weights + biases + said

    def step(self, loss) -> None:
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()

    @torch.no_grad()
    def add_to(self, layer, place: int, mean, spread) -> None:
        weights, biases = self.centred()
        outputs = slice(place * STATES + 1, place * STATES + STATES)
        layer.weight[outputs] += (weights / spread[:, None]).T
        layer.bias[outputs] += biases - (mean / spread) @ weights


def heard(model, marker, examples: list[Themed]):
    """Log-probabilities of all stances, what each text is about from its mean and spread, and these."""
    states, about = lessons.read_all(model, marker, [e.text for e in examples])
    about = torch.from_numpy(about).float()
    mean, spread = about.mean(0), about.std(0) + 1e-6
    return torch.from_numpy(np.log(states[:, :, 1:] + 1e-9)).float(), (about - mean) / spread, mean, spread


def heed_committee(model, marker, data: Path, permissive: bool) -> None:
    """Logistic regression on the committee's language beside newspapers' and the file's examples."""
    place = THEMES.index(COMMITTEES_THEME)
    committee = themes.committee() + ([] if permissive else themes.fomc_stance(data, held_out=False))
    news = [e for e in themes.written() + themes.real(data, permissive, held_out=False) if e.rest == (ABSENT,)]
    weighted = [(e, 1.0) for e in committee] + [(e, NEWS) for e in news] + [(e, PROMISED) for e in themes.file_examples()]
    weighted = [(e, weight) for e, weight in weighted if stance(e, COMMITTEES_THEME) is not None]
    examples = [e for e, _ in weighted]
    said, about, mean, spread = heard(model, marker, examples)
    weight = torch.tensor([weight for _, weight in weighted])
    wanted = torch.tensor([stance(e, COMMITTEES_THEME) for e in examples])
    addition = Addition(about.shape[1], RATE)
    for _ in range(STEPS):
        off = cross_entropy(addition.added(about, said[:, place]), wanted, reduction="none")
        addition.step((weight * off).mean() + PENALTY * (addition.centred()[0] ** 2).sum())
    addition.add_to(model.themes, place, mean, spread)


def heed_examples(model, marker) -> None:
    """Moves the other themes' stances no further than until each of its examples leads with the stance that its file says."""
    examples = themes.file_examples()
    said, about, mean, spread = heard(model, marker, examples)
    for place, theme in enumerate(THEMES):
        if theme == COMMITTEES_THEME:
            continue
        rows = [n for n, e in enumerate(examples) if stance(e, theme) is not None]
        wanted = torch.tensor([stance(examples[n], theme) for n in rows])
        addition = Addition(about.shape[1], SMALL_RATE)
        for _ in range(MOST_STEPS):
            logits = addition.added(about[rows], said[rows, place])
            right = logits.gather(1, wanted[:, None])
            others = logits.scatter(1, wanted[:, None], -torch.inf).amax(1, keepdim=True)
            short = (LEAD - (right - others)).clamp(min=0)
            if not short.any():
                break
            addition.step(short.sum())
        addition.add_to(model.themes, place, mean, spread)


def refit(model, marker, data: Path, variant: str) -> None:
    """Both, on the student's layer of themes."""
    heed_committee(model, marker, data, variant == "permissive")
    heed_examples(model, marker)
