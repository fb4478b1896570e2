"""Sentences of newsmtsc without labels: toward other names and pronouns in them, cut to a few words around the target, and with
the target exchanged for another. Labelled ones are few and teach words; these teach what the target is for."""

import random
import re

from .corpora import Example

NAMED = 12_000
CROPPED = 7_000
SWAPPED = 5_000
# A person or group is as often "he" or "the president" as a name.
PRONOUN = re.compile(r"\b(?:he|she|him|her|his|they|we|the (?:president|senator|governor|minister|party|government|administration))\b", re.I)
NAME = re.compile(r"\b(?:(?:Mr|Mrs|Ms|Dr|Sen|Rep|Gov)\. )?[A-Z][\w’'-]+(?: (?:[A-Z][\w’'-]+|of|[A-Z]\.))*(?<! of)")

# Words that begin a sentence and name nobody.
NOBODY = set("the a an in on at of for to by with from and but or if so yet as when while after before since though although because then there "
             "here this that these those it its is are was were what who why how which not no some many most one all now still even also "
             "just like such our your my their his her".split())


def unlabelled_politics(labelled: list[Example], seed: int = 21) -> list[Example]:
    order = random.Random(seed)
    seen = {(e.text, e.span) for e in labelled}
    texts = sorted({e.text for e in labelled})
    found = [Example(text, m.span(), None, "newsmtsc") for text in texts for pattern in (NAME, PRONOUN) for m in pattern.finditer(text)]
    named = [e for e in found if (e.text, e.span) not in seen and e.text[slice(*e.span)].lower() not in NOBODY]
    mentions = [e.text[slice(*e.span)] for e in labelled]
    cropped = [crop(e, order.randint(5, 14), order.randint(5, 14)) for e in labelled + order.sample(named, min(len(named), 4_000))]
    swapped = [swap(e, order.choice(mentions)) for e in labelled]
    parts = ((named, NAMED), (cropped, CROPPED), (swapped, SWAPPED))
    return [e for some, n in parts for e in order.sample(some, min(n, len(some)))]


def crop(example: Example, before: int, after: int) -> Example:
    """The target with `before` words before it and `after` after it."""
    start, end = example.span
    left = re.split(r"(?<=\s)", example.text[:start])[-before - 1 :]
    right = re.split(r"(?=\s)", example.text[end:])[: after + 1]
    head = "".join(left)
    return Example(head + example.text[start:end] + "".join(right), (len(head), len(head) + end - start), None, "newsmtsc")


def swap(example: Example, mention: str) -> Example:
    """The text with `mention` in the target's place."""
    start, end = example.span
    return Example(example.text[:start] + mention + example.text[end:], (start, start + len(mention)), None, "newsmtsc")
