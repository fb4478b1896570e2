"""What the student learns from: labelled examples, and unlabelled texts as such and toward the names that they hold, all
scored by the teacher."""

import csv
import random
import re
from pathlib import Path

import torch

from .corpora import Example, read_headlines
from .finetune import logits_of
from .politics import unlabelled_politics

# Unlabelled examples of each kind: texts as such, texts toward a name.
HEADLINES = (30_000, 40_000)
TWEETS = (12_000, 7_000)
STATEMENTS = (4_000, 0)


def transfer_set(data: Path, labelled: dict[str, list[Example]], permissive: bool, seed: int = 11) -> list[Example]:
    """Unlabelled examples (label None). The permissive set leaves out the headlines, which belong to their publishers."""
    order = random.Random(seed)
    names = gazetteer(labelled)
    sources = [("twitter_topic", tweets(data), TWEETS), ("fomc", statements(data), STATEMENTS)]
    if not permissive:
        sources.append(("headlines", read_headlines(data / "unlabelled" / "finance_headlines.txt.gz"), HEADLINES))
    out = []
    for corpus, texts, (n_plain, n_named) in sources:
        texts = sorted(set(texts))
        order.shuffle(texts)
        out += [Example(text, None, None, corpus) for text in texts[:n_plain]]
        named = [example for text in texts for example in toward_names(text, names, corpus)]
        order.shuffle(named)
        out += named[:n_named]
    finance = {corpus: some for corpus, some in labelled.items() if corpus != "newsmtsc"}
    return out + unlabelled_names(finance, names) + unlabelled_politics(labelled["newsmtsc"])


def gazetteer(labelled: dict[str, list[Example]]) -> set[str]:
    """The names that the labelled examples are about, in lower case."""
    named = (e.text[e.span[0] : e.span[1]].lower() for some in labelled.values() for e in some if e.span)
    return {name for name in named if len(name) > 2 and len(name.split()) <= 5}


def toward_names(text: str, names: set[str], corpus: str) -> list[Example]:
    """The text toward each name of the gazetteer that it holds, the longest at each place."""
    words = [match.span() for match in re.finditer(r"[\w&.'’$-]*\w", text)]
    found, n = [], 0
    while n < len(words):
        for length in range(min(5, len(words) - n), 0, -1):
            span = words[n][0], words[n + length - 1][1]
            written = text[span[0] : span[1]]
            if written.lower() in names and (written[0].isupper() or written[0] == "$"):
                found.append(Example(text, span, None, corpus))
                n += length - 1
                break
        n += 1
    return found


def unlabelled_names(labelled: dict[str, list[Example]], names: set[str]) -> list[Example]:
    """Labelled texts toward names in them that have no label, and texts with targets as such."""
    out, seen = [], {(e.text, e.span) for some in labelled.values() for e in some}
    for corpus, some in labelled.items():
        for text in sorted({e.text for e in some}):
            others = [Example(text, None, None, corpus), *toward_names(text, names, corpus)]
            out += [e for e in others if (e.text, e.span) not in seen]
    return out


def tweets(data: Path) -> list[str]:
    with (data / "labelled" / "twitter_topic_train.csv").open(encoding="utf-8", newline="") as file:
        return [row["text"] for row in csv.DictReader(file)]


def statements(data: Path) -> list[str]:
    """Sentences of the Federal Open Market Committee, roughly cut; public domain."""
    with (data / "news" / "fomc_statements_2000_2024.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    text = max(rows[0], key=lambda column: sum(len(row[column]) for row in rows))
    return [s.strip() for row in rows for s in re.split(r"(?<=[.!?])\s+", row[text]) if 30 < len(s) < 600]


def soft_labels(teacher, marker, examples: list[Example]) -> torch.Tensor:
    """The teacher's log-probabilities, in bfloat16; its matrices are turned once and not for each batch."""
    for module in teacher.modules():
        if isinstance(module, torch.nn.Linear):
            module.to(torch.bfloat16)
    return torch.log_softmax(logits_of(teacher, marker, examples, size=96, exact=False), -1)
