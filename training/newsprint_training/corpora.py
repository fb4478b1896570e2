"""The labelled and unlabelled corpora, as examples: a text, the span of the target if there is one, and a label."""

import csv
import gzip
from dataclasses import dataclass
from pathlib import Path

LABELS = ("negative", "neutral", "positive")

# Licence of each labelled corpus; `permissive` models see only those marked True.
CORPORA = {
    "sentfin_entity": ("MIT", True),
    "newsmtsc": ("MIT", True),
    "finentity": ("ODC-BY", True),
    "twitter_fin": ("MIT", True),
    "fpb": ("CC BY-NC-SA 3.0", False),
}


@dataclass(frozen=True)
class Example:
    """A sentence, toward a target (a span in characters) or as such (no span)."""

    text: str
    span: tuple[int, int] | None
    label: int | None
    corpus: str


def read_split(folder: Path, split: str, permissive: bool) -> dict[str, list[Example]]:
    """The examples of every corpus that may be used, by corpus; `split` is "train" or "val"."""
    return {
        corpus: read_corpus(folder / f"{corpus}_{split}.csv", corpus)
        for corpus, (_, free) in CORPORA.items()
        if free or not permissive
    }


def read_corpus(path: Path, corpus: str) -> list[Example]:
    with path.open(encoding="utf-8", newline="") as file:
        return [_example(row, corpus) for row in csv.DictReader(file)]


def _example(row: dict[str, str], corpus: str) -> Example:
    label = LABELS.index(row["label"])
    if "start" in row:
        return Example(row["text"], (int(row["start"]), int(row["end"])), label, corpus)
    if "entity" in row:
        return _with_named_target(row["text"], row["entity"], label, corpus)
    return Example(row["text"], None, label, corpus)


def _with_named_target(text: str, target: str, label: int, corpus: str) -> Example:
    """The target's first mention is the span; a target that the text does not name is put before it, as the engine does."""
    span = find_mention(text, target)
    if span is None:
        return Example(f"{target}: {text}", (0, len(target)), label, corpus)
    return Example(text, span, label, corpus)


def find_mention(text: str, target: str) -> tuple[int, int] | None:
    """The first whole-word mention, else the first mention, ignoring case."""
    folded, wanted = text.lower(), target.lower()
    if len(folded) != len(text) or not wanted:
        folded, wanted = text, target
    first = folded.find(wanted)
    place = first
    while place >= 0:
        end = place + len(wanted)
        before = folded[place - 1] if place else " "
        after = folded[end] if end < len(folded) else " "
        if not before.isalnum() and not after.isalnum():
            return place, end
        place = folded.find(wanted, place + 1)
    return (first, first + len(wanted)) if first >= 0 else None


def disagreeing(examples: list[Example]) -> set[str]:
    """Texts that are labelled differently toward different targets."""
    labels: dict[str, set[int]] = {}
    for example in examples:
        labels.setdefault(example.text, set()).add(example.label)
    return {text for text, seen in labels.items() if len(seen) > 1}


def read_headlines(path: Path) -> list[str]:
    """Unlabelled headlines, one a line."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return [line.strip() for line in file if line.strip()]
