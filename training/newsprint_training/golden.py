"""Golden files: what torch makes of sentences of this repository with the shipped weights in 32-bit floats."""

import html
import json
import random
import re
import tomllib
from pathlib import Path

import torch

from . import cascade
from .corpora import Example
from .encoder import Classifier
from .finetune import logits_of
from .marking import Marker, padded

# Themes less likely than this are left out.
LIKELY = 0.05
HOSTILE = [
    "", " ", ".", "😀", "😀 shares 📈 up 5%", "\u200bsha\u00adres\u2060 fell\ufeff", "שלום Small caps soared \u202eshares", "a" * 5000,
    "profit " * 400, "\x00\x07 profit \x1b[31m fell", "ＮＡＳＤＡＱ rose", "naïve café résumé", "€10m £5 ¥3 $AAPL 3.5%", "利率 cut 降息",
    "[CLS] profit [SEP] [unused1] loss [unused2]", "S&P 500's U.S.-listed shares—up", "İstanbul borsası", "ﬁnance ﬂoat", "x" * 101,
    "\ue000 icon \uf8ff", "1\u20e3 keycap",
]


def sentences(repository: Path, seed: int = 5) -> list[Example]:
    """Sentences of the demo's statements and of the themes' examples, half of them toward a word; and hostile ones."""
    texts = []
    for page in sorted((repository / "demo").rglob("*.html")):
        for paragraph in re.findall(r"<p>(.*?)</p>", page.read_text(encoding="utf-8"), re.S):
            plain = " ".join(html.unescape(re.sub(r"<[^>]+>", " ", paragraph)).split())
            texts += [s for s in re.split(r"(?<=[.!?])\s+", plain) if 30 < len(s) < 700]
    statements = sorted(set(texts))
    themes = [tomllib.loads(path.read_text(encoding="utf-8")) for path in sorted((repository / "config" / "themes").glob("*.toml"))]
    examples = sorted({example["text"] for theme in themes for example in theme["examples"]})
    order = random.Random(seed)
    chosen = order.sample(statements, 90) + order.sample(examples, 110)
    out = []
    for n, text in enumerate(chosen):
        words = [match.span() for match in re.finditer(r"\w[\w&-]*", text)]
        out.append(Example(text, order.choice(words) if n % 2 else None, None, "golden"))
    long = " ".join(f"profit{n:03}" for n in range(400))  # no two words alike, so that it is seen which were kept
    cut = [(long, (0, 9)), (long, (2000, 2009)), (long, (3990, 3999)), (long, (1000, 3009)), ("x 😀 y", (2, 3))]
    out += [Example(text, span, None, "golden") for text, span in cut]
    return out + [Example(text, None, None, "golden") for text in HOSTILE]


def carried(states) -> list[list[float]]:
    """Place, probability and likeliest stance of each theme that is not out of the question."""
    return [[n, round(1 - float(row[0]), 6), int(row[1:].argmax()) - 1] for n, row in enumerate(states) if 1 - row[0] >= LIKELY]


@torch.inference_mode()
def write(model: Classifier, first, at_a_glance, marker: Marker, examples: list[Example], file: Path) -> None:
    """`first` are the weights of the cascade's first step, whose logits stand beside the encoder's, as do the themes
    `at_a_glance` beside the encoder's."""
    logits = logits_of(model, marker, examples)
    cheap = cascade.logits_of(marker, examples, *first)
    rows = marker.pieces(examples)
    with file.open("w", encoding="utf-8") as out:
        for example, pieces, row, cheap_row in zip(examples, rows, logits.tolist(), cheap.tolist()):
            target = example.span and [len(example.text[:place].encode()) for place in example.span]
            line = {"text": example.text, "target": target, "pieces": pieces, "logits": [round(value, 7) for value in row],
                    "cascade": [round(value, 7) for value in cheap_row]}
            if example.span is None:
                _, _, about = model.read(*padded([pieces], marker.pad))
                line |= {"themes": carried(model.states(*about)[0].exp()), "glance": carried(at_a_glance.states([pieces])[0])}
            out.write(json.dumps(line, ensure_ascii=False) + "\n")
