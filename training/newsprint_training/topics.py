"""How the learned layer does on themes of others: the twenty topics of twitter_topic, of which a student learns three quarters of the
tweets, by the hash of each, and is measured on the rest."""

import csv
import sys
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional as F

from . import lessons, student, themes
from .corpora import Example
from .finetune import descend
from .marking import padded
from .scores import macro_f1
from .themes import ABSENT

N_TOPICS = 20


def tweets(data: Path) -> list[tuple[str, int, bool]]:
    """Each text with its topic, and whether it is measured on."""
    with (data / "labelled" / "twitter_topic_train.csv").open(encoding="utf-8", newline="") as file:
        rows = {row["text"]: row["label"] for row in csv.DictReader(file)}
    names = sorted(set(rows.values()))
    return [(text, names.index(label), themes.is_held_out(text)) for text, label in rows.items()]


def log_odds(model, marker, rows: list[list[int]]):
    """Of each topic that a tweet carries it, `[tweets, topics]`."""
    _, _, about = model.read(*padded(rows, marker.pad))
    states = model.states(*about)
    return torch.logsumexp(states[..., ABSENT + 1 :], -1) - states[..., ABSENT]


@torch.inference_mode()
def answers(model, marker, rows: list[list[int]], size: int = 96) -> np.ndarray:
    model.eval()
    out = [log_odds(model, marker, rows[n : n + size]).argmax(-1) for n in range(0, len(rows), size)]
    return torch.cat(out).numpy()


def main(data: Path, work: Path, start: str) -> None:
    model, marker, _ = student.load(work / start)
    torch.manual_seed(5)
    model = lessons.with_themes(model, N_TOPICS)
    some = tweets(data)
    pieces = lambda held_out: marker.pieces([Example(text, None, None, "topics") for text, _, measured in some if measured == held_out])
    rows, measured = pieces(False), pieces(True)
    topics = torch.tensor([topic for _, topic, held_out in some if not held_out])
    truth = np.array([topic for _, topic, held_out in some if held_out])

    def loss_of(places):
        with torch.autocast("cpu", torch.bfloat16):
            odds = log_odds(model, marker, [rows[n] for n in places])
        return F.cross_entropy(odds, topics[places], label_smoothing=0.05)

    show = lambda m: print(f"{len(truth)} tweets, macro F1 {macro_f1(truth, answers(m, marker, measured), N_TOPICS):.3f}", flush=True)
    descend(model, rows, loss_of, epochs=2.0, rate=3e-4, size=64, decay=0.05, fresh=lessons.fresh(model), after_epoch=show)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])
