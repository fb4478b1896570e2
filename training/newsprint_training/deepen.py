"""Puts more layers on the small student, for sentences toward a target, and trains the whole on: the model that is shipped."""

import sys
from pathlib import Path

import torch

from . import bases, student
from .corpora import Example, read_split
from .distil import scored_by_teacher, vocabulary
from .encoder import load_base
from .finetune import finetune
from .teach import print_scores

# Layers of the base that are put on top.
TOP = [4, 5]
EPOCHS = {"full": 2.25, "permissive": 1.5}


def main(data: Path, work: Path, variant: str) -> None:
    base = bases.fetch_student(work)
    examples, soft = scored_by_teacher(data, work, variant)
    small, _, small_pieces = student.load(work / f"small-{variant}")
    pieces = vocabulary(data, base, variant)
    torch.manual_seed(7)
    whole_pieces = (base / "vocab.txt").read_text(encoding="utf-8").splitlines()
    model = student.grow(small, small_pieces, load_base(base), whole_pieces, pieces, TOP)
    marker = student.PrunedMarker(pieces)
    val = read_split(data / "labelled", "val", permissive=False)
    show = lambda m: print_scores(m, marker, val)
    print(f"{variant}: {len(examples)} examples, {len(pieces)} pieces; before training:", flush=True)
    show(model)
    finetune(model, marker, examples, soft, epochs=EPOCHS[variant], rate=2.5e-4, size=128, soft_weight=0.8, seed=9, after_epoch=show)
    settle(model, marker, examples, soft, show)
    student.save(model, pieces, work / f"student-{variant}")


def settle(model, marker, examples: list[Example], soft: torch.Tensor, show) -> None:
    """The second phase, at a low rate: all that has a label, Financial PhraseBank twice, and the political sentences."""
    labelled = [n for n, e in enumerate(examples) if e.label is not None]
    politics = [n for n, e in enumerate(examples) if e.label is None and e.corpus == "newsmtsc"]
    places = labelled + [n for n in labelled if examples[n].corpus == "fpb"] + politics
    finetune(model, marker, [examples[n] for n in places], soft[places], epochs=1.5, rate=1e-4, size=128, soft_weight=0.7, seed=10,
             after_epoch=show)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])
