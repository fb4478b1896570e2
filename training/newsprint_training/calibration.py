"""Logits to probabilities: `softmax(z × m^k / T)`, m being the margin between the two greatest logits; `crates/nlp/src/calibration.rs`
does the same."""

import numpy as np
from scipy.optimize import minimize

from .scores import softmax

LEAST_MARGIN = 1e-3


def apply(logits: np.ndarray, calibration: dict[str, float]) -> np.ndarray:
    """Logits whose softmax is calibrated."""
    ordered = np.sort(logits, -1)
    margin = np.maximum(ordered[:, -1] - ordered[:, -2], LEAST_MARGIN)
    return logits * (margin ** calibration["margin_power"] / calibration["temperature"])[:, None]


def fit(sets: list[tuple[np.ndarray, np.ndarray]]) -> dict[str, float]:
    """Of least negative log-likelihood, every set of logits and labels counting alike."""
    def of(numbers: np.ndarray) -> dict[str, float]:
        return {"temperature": float(np.exp(numbers[0])), "margin_power": float(max(numbers[1], 0.0))}

    def loss(numbers: np.ndarray) -> float:
        each = (softmax(apply(logits, of(numbers)))[np.arange(len(truth)), truth] for logits, truth in sets)
        return float(np.mean([-np.log(p + 1e-12).mean() for p in each]))

    return of(minimize(loss, np.array([0.3, 0.1]), method="Nelder-Mead").x)
