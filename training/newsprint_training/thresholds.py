"""From which probability on a theme counts, with one of its phrases in the sentence and without, and how sure the model must be of a
stance to overrule the file's own stance words.

Fitted on labelled sentences that were not trained on, each theme's counts smoothed by those of all themes, and then moved so that
every example of the theme's file comes out as the file says.
"""

import json
import subprocess
import tempfile
from pathlib import Path

import numpy as np

from . import themes
from .themes import ABSENT, THEMES, Themed

KEEPS = np.array([0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5])
FINDS = np.array([0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9])
# What all themes together count for beside a theme's own sentences, in sentences that carry it.
SMOOTHING = 15.0
# Recall counts for so much of precision (F-beta).
BETA = 0.7
# From which share of the three stances on the model's is taken, where no example says that it is wrong.
DECIDES = 0.6
# How far an example is kept from the threshold that it must be above or below.
MARGIN = 0.02


def asked(newsprint: Path, model: str, what: str, texts: list[str]) -> list[dict]:
    """The product's own answers of `probe WHAT`, in order."""
    with tempfile.TemporaryDirectory() as folder:
        batch = Path(folder) / "texts.jsonl"
        batch.write_text("".join(json.dumps({"id": n, "text": text}) + "\n" for n, text in enumerate(texts)), encoding="utf-8")
        command = [newsprint, "--model", model, "probe", what, "--batch", batch]
        answers = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, cwd=themes.REPOSITORY).stdout
    return [json.loads(line) for line in answers.splitlines()]


def by_phrase(newsprint: Path, texts: list[str]) -> np.ndarray:
    """Which themes the phrases find in each text, `[texts, themes]`."""
    out = np.zeros((len(texts), len(THEMES)), dtype=bool)
    for row, answer in zip(out, asked(newsprint, "lexicon", "text", texts)):
        row[[THEMES.index(tag["id"]) for tag in answer["themes"]]] = True
    return out


def by_model(newsprint: Path, model: Path, texts: list[str]) -> np.ndarray:
    """Probability of each theme in each text, `[texts, themes]`."""
    out = np.zeros((len(texts), len(THEMES)))
    for row, answer in zip(out, asked(newsprint, f"{model}/", "themes", texts)):
        for theme in answer["themes"]:
            row[THEMES.index(theme["id"])] = theme["probability"]
    return out


def decides(newsprint: Path, model: Path, examples: list[Themed]) -> np.ndarray:
    """For each theme the share of a stance that the model needs: above that of every example whose stance it alone gets wrong."""
    texts = [e.text for e in examples]
    by_words, by_share = asked(newsprint, "lexicon", "text", texts), asked(newsprint, f"{model}/", "themes", texts)
    out = np.full(len(THEMES), DECIDES)
    for example, words, share in zip(examples, by_words, by_share):
        (theme, states), = example.states.items()
        said = {tag["id"]: tag["stance"] for tag in words["themes"]}
        for found in share["themes"]:
            is_wrong = found["id"] == theme and len(states) == 1 and (found["stance"] + 2,) != states
            if is_wrong and (said.get(theme, 9) + 2,) == states:
                t = THEMES.index(theme)
                out[t] = max(out[t], min(found["sureness"] + MARGIN, 1.0))
    return out


def carried(probability: np.ndarray, phrase: np.ndarray, keeps, finds) -> np.ndarray:
    return np.where(phrase, probability >= keeps, probability >= finds)


def truth_of(examples: list[Themed]) -> np.ndarray:
    return ~themes.open_states(examples).numpy()[:, :, ABSENT]


def f_beta(right, found, there):
    return (1 + BETA**2) * right / np.maximum(1e-9, BETA**2 * there + found)


def fit(truth: np.ndarray, probability: np.ndarray, phrase: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """`keeps` and `finds` of each theme, by what labelled sentences say."""
    pairs = [(keeps, finds) for keeps in KEEPS for finds in FINDS if finds >= keeps]
    right, found = np.zeros((len(pairs), len(THEMES))), np.zeros((len(pairs), len(THEMES)))
    for n, pair in enumerate(pairs):
        says = carried(probability, phrase, *pair)
        right[n], found[n] = (says & truth).sum(0), says.sum(0)
    there = truth.sum(0)
    share = SMOOTHING / there.sum()
    together = [share * counts.sum(1, keepdims=True) for counts in (right, found)]
    best = f_beta(right + together[0], found + together[1], there + SMOOTHING).argmax(0)
    chosen = np.array(pairs)[best]
    return chosen[:, 0], chosen[:, 1]


def heed_examples(keeps, finds, probability, phrase, examples: list[Themed]):
    """Moves the thresholds so that the file's examples come out right; where some cannot, what must not hit decides."""
    keeps, finds = keeps.copy(), finds.copy()
    for which in (True, False):  # what must not hit comes last, and so wins
        for row, example in enumerate(examples):
            (theme, states), = example.states.items()
            t = THEMES.index(theme)
            p, hit = probability[row, t], ABSENT not in states
            if hit != which:
                continue
            thresholds = keeps if phrase[row, t] else finds
            if hit:
                thresholds[t] = min(thresholds[t], max(p - MARGIN, 0.0))
            else:
                thresholds[t] = max(thresholds[t], min(p + MARGIN, 1.0))
    return keeps, np.maximum(finds, keeps)  # a phrase that is dropped must not come back as what was found without it
