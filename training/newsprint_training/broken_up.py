"""Sentences that nobody wrote: written ones with words or a clause left out, or crossed with another. The teacher of themes labels
them, so that the student learns what it goes by beyond the sentences themselves (as Jiao et al. 2020 do for TinyBERT)."""

import random
import re

# Words left out of a sentence; sentences that are crossed with another instead, or lose a clause.
LEFT_OUT, CROSSED, CUT = 0.15, 0.35, 0.25


def clauses(text: str) -> list[str]:
    return [part for part in re.split(r"(?<=[,;:])\s+", text) if part]


def broken_up(texts: list[str], seed: int) -> list[str]:
    """One of each text that has more than six words, without those that come out as they were."""
    order = random.Random(seed)
    whole, out = set(texts), []
    for text in texts:
        other, kind = order.choice(texts), order.random()
        words, parts = text.split(), clauses(text)
        if len(words) <= 6:
            continue
        if kind < CROSSED:
            parts = [order.choice(parts), order.choice(clauses(other))]
        elif kind < CROSSED + CUT and len(parts) > 1:
            parts.pop(order.randrange(len(parts)))
        else:
            parts = [word for word in words if order.random() >= LEFT_OUT]
        new = " ".join(parts)
        if len(new.split()) > 3 and new not in whole:
            out.append(new)
    return out


def broken_up_twice(texts: list[str]) -> list[str]:
    return sorted({*broken_up(texts, seed=31), *broken_up(texts, seed=32)})
