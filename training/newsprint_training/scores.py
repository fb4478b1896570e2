"""The figures that models are judged by."""

import numpy as np

from .corpora import Example


def softmax(logits: np.ndarray) -> np.ndarray:
    weights = np.exp(logits - logits.max(-1, keepdims=True))
    return weights / weights.sum(-1, keepdims=True)


def macro_f1(truth: np.ndarray, guess: np.ndarray, n_labels: int = 3) -> float:
    scores = []
    for label in range(n_labels):
        right = np.sum((truth == label) & (guess == label))
        scores.append(2 * right / max(1, np.sum(truth == label) + np.sum(guess == label)))
    return float(np.mean(scores))


def calibration_error(truth: np.ndarray, probabilities: np.ndarray, bins: int = 15) -> float:
    """Expected calibration error: |accuracy − confidence| over equal-width bins of the greatest probability, weighted by
    their sizes (Guo et al. 2017)."""
    confidence, guess = probabilities.max(-1), probabilities.argmax(-1)
    bin_of = np.minimum((confidence * bins).astype(int), bins - 1)
    error = 0.0
    for n in range(bins):
        inside = bin_of == n
        if inside.any():
            error += inside.mean() * abs((guess[inside] == truth[inside]).mean() - confidence[inside].mean())
    return float(error)


def both_right(examples: list[Example], guess: np.ndarray) -> tuple[float, int]:
    """Over texts whose targets' labels disagree: the share with every target right, and their number."""
    by_text: dict[str, list[int]] = {}
    for n, example in enumerate(examples):
        by_text.setdefault(example.text, []).append(n)
    right = [
        all(guess[n] == examples[n].label for n in places)
        for places in by_text.values()
        if len({examples[n].label for n in places}) > 1
    ]
    return (float(np.mean(right)) if right else float("nan")), len(right)


def report(examples: list[Example], logits: np.ndarray) -> dict[str, float]:
    truth = np.array([e.label for e in examples])
    probabilities = softmax(logits)
    guess = probabilities.argmax(-1)
    out = {
        "n": len(examples),
        "accuracy": float((truth == guess).mean()),
        "macro_f1": macro_f1(truth, guess),
        "ece": calibration_error(truth, probabilities),
    }
    together, n = both_right(examples, guess)
    if n:
        out["both_right"] = together
    return {key: round(value, 4) for key, value in out.items()}
