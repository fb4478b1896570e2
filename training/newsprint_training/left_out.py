"""How a theme does from its file alone: a student is taught without it, and a classifier fitted to the file's description and examples
over what the student says sentences are about, as `crates/nlp/src/own_themes.rs` does."""

import random
import sys
from pathlib import Path

import numpy as np
import torch

from . import lessons, student, themes, thresholds
from .themes import THEMES

LENGTH, OTHERS, PER_THEME, MARGIN = 5.0, 0.3, 4, 0.1
# Positive examples of a file that are used, and examples that must not hit.
EXAMPLES = (12, 8)


def taught_without(work: Path, data: Path, variant: str, left_out: list[str], n_texts: int):
    """A student that was taught all themes but `left_out`."""
    model, marker, _ = student.load(work / f"student-{variant}")
    model = lessons.with_themes(model)
    everything = lessons.Lessons(data, work, variant)
    for theme in left_out:
        place = THEMES.index(theme)
        everything.states[:, place] = True
        everything.shares[:, place * 3 : place * 3 + 3] = 0
    known = [n for n, e in enumerate(everything.examples) if e.span is None and (everything.scored[n] or everything.labelled[n] >= 0)]
    kept = torch.ones(len(THEMES), dtype=torch.bool)
    kept[[THEMES.index(theme) for theme in left_out]] = False
    some = random.Random(3).sample(known, min(n_texts, len(known)))
    lessons.teach_themes_alone(model, marker, everything, some, kept)
    return model, marker


def scaled(about: np.ndarray) -> np.ndarray:
    return LENGTH * about / np.linalg.norm(about, axis=1, keepdims=True)


def fitted(about: np.ndarray, carries: np.ndarray, weight: np.ndarray):
    """Logistic regression with a penalty of half the squared weights."""
    about, carries, weight = (torch.tensor(some, dtype=torch.float32) for some in (about, carries, weight))
    weights, bias = torch.zeros(about.shape[1], requires_grad=True), torch.zeros(1, requires_grad=True)
    optimizer = torch.optim.LBFGS([weights, bias], max_iter=200)

    def loss():
        optimizer.zero_grad()
        off = torch.nn.functional.binary_cross_entropy_with_logits(about @ weights + bias, carries, reduction="none")
        total = (weight * off).sum() + 0.5 * weights @ weights
        total.backward()
        return total

    optimizer.step(loss)
    return weights.detach().numpy(), bias.item()


def log_odds(theme: dict, theirs: list[dict], read, texts: np.ndarray) -> tuple[np.ndarray, float]:
    """Of each text, and the least that no example that must not hit reaches."""
    hits = [e["text"] for e in theme["examples"] if e["hit"]][: EXAMPLES[0]]
    misses = [e["text"] for e in theme["examples"] if not e["hit"]][: EXAMPLES[1]]
    others = [text for other in theirs for text in [other["description"], *[e["text"] for e in other["examples"] if e["hit"]]][:PER_THEME]]
    lessons_ = read([theme["description"], *hits, *misses, *others])
    n_own = 1 + len(hits)
    carries = np.arange(len(lessons_)) < n_own
    weight = np.where(np.arange(len(lessons_)) < n_own + len(misses), 1.0, OTHERS)
    weights, bias = fitted(lessons_, carries, weight)
    highest = (lessons_[n_own : n_own + len(misses)] @ weights + bias).max()
    return texts @ weights + bias, float(highest + MARGIN)


def f1(truth: np.ndarray, found: np.ndarray) -> float:
    return 2 * (truth & found).sum() / max(1, truth.sum() + found.sum())


def main(data: Path, work: Path, newsprint: Path, variant: str, fold: int, n_folds: int, n_texts: int) -> None:
    order = THEMES.copy()
    random.Random(1).shuffle(order)
    left_out = sorted(order[fold::n_folds])
    model, marker = taught_without(work, data, variant, left_out, n_texts)
    read = lambda texts: scaled(lessons.read_all(model, marker, texts)[1])
    definitions = {theme["id"]: theme for theme in themes.definitions()}
    sets = {
        "real": themes.real(data, permissive=False, held_out=True),
        "articles": [e for article in themes.articles(themes.LABELLED / "held_out.jsonl") for e in article],
    }
    phrase = {name: thresholds.by_phrase(newsprint, [e.text for e in some]) for name, some in sets.items()}
    about = {name: read([e.text for e in some]) for name, some in sets.items()}
    others = lambda theme: [d for t, d in definitions.items() if t != theme]
    odds_of = {(name, theme): log_odds(definitions[theme], others(theme), read, about[name]) for name in sets for theme in left_out}
    for least in np.arange(-2.5, 1.6, 0.5):
        line = [f"{least:5.1f}"]
        for name, some in sets.items():
            truth = thresholds.truth_of(some)
            alone, both, phrases = [], [], []
            for theme in left_out:
                place = THEMES.index(theme)
                if truth[:, place].sum() < 3:
                    continue
                odds, above = odds_of[name, theme]
                found = odds >= max(least, above)
                alone.append(f1(truth[:, place], found))
                phrases.append(f1(truth[:, place], phrase[name][:, place]))
                both.append(f1(truth[:, place], found | phrase[name][:, place]))
            line.append(f"{name}: n {len(alone)} examples {np.mean(alone):.3f} phrases {np.mean(phrases):.3f} both {np.mean(both):.3f}")
        print("  ".join(line), flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]), sys.argv[4], int(sys.argv[5]), int(sys.argv[6]), int(sys.argv[7]))
