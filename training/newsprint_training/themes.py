"""Texts with the themes that they carry, and how a model's four states of each theme are taught and scored.

For each theme a text is in one of four states: it does not carry it, or carries it and makes it weaker, neither, or stronger.
A label may leave states open: an example of a theme file says nothing of other themes, and some say no stance.
"""

import csv
import json
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from . import labelled_themes
from .scores import macro_f1

REPOSITORY = Path(__file__).resolve().parents[2]
LABELLED = REPOSITORY / "training" / "themes"
# Absent, weaker, neither, stronger.
STATES = 4
ABSENT = 0
# Where the bias of a head starts: a theme is rare, and without this the first steps learn nothing else.
START = (3.0, -1.0, -1.0, -1.0)
FOMC_STANCE = {"hawkish": 1, "neutral": 2, "dovish": 3}


def definitions() -> list[dict]:
    files = sorted((REPOSITORY / "config" / "themes").glob("*.toml"))
    return sorted((tomllib.loads(file.read_text(encoding="utf-8")) for file in files), key=lambda theme: theme["id"])


THEMES = [theme["id"] for theme in definitions()]


@dataclass(frozen=True)
class Themed:
    """A text, and for each theme that is labelled the states that it may be in; of others `rest`."""

    text: str
    states: dict[str, tuple[int, ...]]
    rest: tuple[int, ...]


def whole(text: str, stances: dict[str, int]) -> Themed:
    """A text whose label names every theme that it carries."""
    return Themed(text, {theme: (stance + 2,) for theme, stance in stances.items()}, (ABSENT,))


def written() -> list[Themed]:
    """The sentences written for this project, alone, in articles and in a committee's language."""
    rows = (line.split("\t") for line in (LABELLED / "written.tsv").read_text(encoding="utf-8").splitlines())
    alone = [whole(text, {theme: int(stance) for theme, stance in re.findall(r"(\w+):(-?\d)", themes)}) for text, themes in rows]
    return alone + [example for article in articles(LABELLED / "articles.jsonl") for example in article] + committee()


def articles(file: Path) -> list[list[Themed]]:
    """Titles and sentences of labelled articles, as `newsprint themes test --gold` reads them."""
    out = []
    for line in file.read_text(encoding="utf-8").splitlines():
        article = json.loads(line)
        sentences = [(article["title"], article.get("title_labels", {})), *((s["text"], s) for s in article["sentences"])]
        out.append([whole(text, labels.get("themes", {})) for text, labels in sentences if text])
    return out


def file_examples() -> list[Themed]:
    """The examples of the theme files: each speaks of its own theme alone."""
    out = []
    for theme in definitions():
        for example in theme["examples"]:
            carried = (example["stance"] + 2,) if "stance" in example else (1, 2, 3)
            states = carried if example["hit"] else (ABSENT,)
            out.append(Themed(example["text"], {theme["id"]: states}, tuple(range(STATES))))
    return out


def real(data: Path, permissive: bool, held_out: bool) -> list[Themed]:
    """Labelled texts of the corpora: those that are trained on, or those that are measured on."""
    known = labelled_themes.labels()
    out = []
    for text in sorted(set(labelled_themes.texts(data, permissive))):
        name = labelled_themes.name_of(text)
        if name in known and labelled_themes.is_held_out(name) == held_out:
            out.append(whole(text, known[name]))
    return out


def fomc_stance(data: Path, held_out: bool) -> list[Themed]:
    """Dovish makes rate cuts likelier, hawkish less likely; whether a sentence carries them is left open, as are other themes."""
    out = []
    for kind in ("mm", "sp"):
        with (data / "labelled" / f"fomc_stance_{kind}.csv").open(encoding="utf-8", newline="") as file:
            out += [(row["text"], row["label"]) for row in csv.DictReader(file)]
    anything = tuple(range(STATES))
    return [Themed(text, {"rate_cuts": (ABSENT, FOMC_STANCE[label])}, anything) for text, label in sorted(set(out)) if is_held_out(text) == held_out]


def committee() -> list[Themed]:
    """Sentences of a central bank's committee written for this project, labelled as [`fomc_stance`] labels those of the Fed's."""
    rows = (line.split("\t") for line in (LABELLED / "committee.tsv").read_text(encoding="utf-8").splitlines())
    return [Themed(text, {"rate_cuts": (ABSENT, FOMC_STANCE[label])}, tuple(range(STATES))) for text, label in rows]


def is_held_out(text: str) -> bool:
    return labelled_themes.is_held_out(labelled_themes.name_of(text))


def open_states(examples: list[Themed]) -> torch.Tensor:
    """Which states each text's label leaves open: `[examples, themes, 4]`."""
    out = np.zeros((len(examples), len(THEMES), STATES), dtype=bool)
    place = {theme: n for n, theme in enumerate(THEMES)}
    for row, example in zip(out, examples):
        row[:, list(example.rest)] = True
        for theme, states in example.states.items():
            row[place[theme]] = False
            row[place[theme], list(states)] = True
    return torch.from_numpy(out)


def loss_of_each_label(log_probabilities: torch.Tensor, states: torch.Tensor) -> torch.Tensor:
    """−log of what the model gives to the states that each label leaves open, summed over themes. Where a label says a stance and
    leaves open whether the theme is there, also −log of that stance among the stances."""
    whole = -torch.logsumexp(log_probabilities.masked_fill(~states, -1e4), -1)
    stances = log_probabilities[..., 1:]
    one = states[..., 1:]
    among = -((stances * one).sum(-1) - torch.logsumexp(stances, -1))
    only_stance = states[..., ABSENT] & (one.sum(-1) == 1)
    return (whole + torch.where(only_stance, among, 0.0)).sum(-1)


def loss_of_labels(log_probabilities: torch.Tensor, states: torch.Tensor) -> torch.Tensor:
    return loss_of_each_label(log_probabilities, states).mean()


def scores(examples: list[Themed], probabilities: np.ndarray, least: np.ndarray | float = 0.5) -> dict[str, float]:
    """Micro F1 and macro precision, recall and F1 of themes, and macro F1 of stance where theme and label agree that it is there."""
    truth = ~open_states(examples).numpy()[:, :, ABSENT]
    found = 1 - probabilities[:, :, ABSENT] >= least
    right = (truth & found).sum(0)
    precision, recall = right / np.maximum(1, found.sum(0)), right / np.maximum(1, truth.sum(0))
    f1 = 2 * right / np.maximum(1, truth.sum(0) + found.sum(0))
    there = truth.sum(0) > 0
    both = truth & found
    stance = open_states(examples).numpy()[:, :, 1:].argmax(-1)[both]
    guess = probabilities[:, :, 1:].argmax(-1)[both]
    return {
        "n": len(examples),
        "micro_p": right.sum() / max(1, found.sum()),
        "micro_r": right.sum() / truth.sum(),
        "micro_f1": 2 * right.sum() / (truth.sum() + found.sum()),
        "macro_p": precision[there].mean(),
        "macro_r": recall[there].mean(),
        "macro_f1": f1[there].mean(),
        "stance": macro_f1(stance, guess),
    }
