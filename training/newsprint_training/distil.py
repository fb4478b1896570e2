"""Distils a teacher into the student that is shipped."""

import sys
from pathlib import Path

import torch

from . import bases, student
from .corpora import Example, read_headlines, read_split
from .encoder import load_base
from .finetune import finetune
from .teach import print_scores, teacher_marker, training_examples
from .transfer import soft_labels, transfer_set, tweets
from .vocabulary import prune

LAYERS = [0, 1, 3, 5]
PIECES = 8000
EPOCHS = {"full": 3, "permissive": 2}


def load_teacher(work: Path, folder: Path, variant: str):
    teacher = load_base(folder)
    teacher.load_state_dict(torch.load(work / f"teacher-{variant}.pt", weights_only=True))
    return teacher.eval()


def scored_by_teacher(data: Path, work: Path, variant: str) -> tuple[list[Example], torch.Tensor]:
    """All examples of a variant with the teacher's log-probabilities; kept in `work`."""
    kept = work / f"soft-{variant}.pt"
    permissive = variant == "permissive"
    labelled = read_split(data / "labelled", "train", permissive)
    examples = training_examples(labelled) + transfer_set(data, labelled, permissive)
    if kept.exists():
        soft = torch.load(kept, weights_only=True)
        assert len(soft) == len(examples), f"{kept} belongs to other data: remove it"
        return examples, soft
    folder, _ = bases.fetch(work)
    print(f"{variant}: the teacher scores {len(examples)} examples", flush=True)
    soft = soft_labels(load_teacher(work, folder, variant), teacher_marker(folder), examples)
    torch.save(soft, kept)
    return examples, soft


def vocabulary(data: Path, base: Path, variant: str) -> list[str]:
    """Of the texts that the variant may see."""
    permissive = variant == "permissive"
    texts = [e.text for some in read_split(data / "labelled", "train", permissive).values() for e in some] + tweets(data)
    if not permissive:
        texts += read_headlines(data / "unlabelled" / "finance_headlines.txt.gz")
    return prune(base, texts, PIECES)


def main(data: Path, work: Path, variant: str, layers: list[int] = LAYERS) -> None:
    _, base = bases.fetch(work)
    examples, soft = scored_by_teacher(data, work, variant)
    pieces = vocabulary(data, base, variant)
    torch.manual_seed(7)
    model, marker = student.new_student(base, pieces, layers), student.PrunedMarker(pieces)
    val = read_split(data / "labelled", "val", permissive=False)
    print(f"{variant}: {len(examples)} examples, {len(layers)} layers, {len(pieces)} pieces", flush=True)
    # Political sentences without labels are long and many: they wait for the second phase.
    places = [n for n, e in enumerate(examples) if not _is_politics(e)]
    finetune(model, marker, [examples[n] for n in places], soft[places], epochs=EPOCHS[variant], rate=4e-4, size=128, soft_weight=0.7,
             after_epoch=lambda m: print_scores(m, marker, val))
    if variant == "full":
        settle(model, marker, examples, soft, val)
    student.save(model, pieces, work / f"student-{variant}")


def settle(model, marker, examples: list[Example], soft: torch.Tensor, val: dict[str, list[Example]]) -> None:
    """The second phase: all that has a label, and political sentences toward the names in them. Labels weigh little, for they
    were all seen before."""
    places = [n for n, e in enumerate(examples) if e.label is not None or _is_politics(e)]
    finetune(model, marker, [examples[n] for n in places], soft[places], epochs=2, rate=2e-4, size=128, soft_weight=0.9, seed=9,
             after_epoch=lambda m: print_scores(m, marker, val))


def _is_politics(example: Example) -> bool:
    return example.label is None and example.corpus == "newsmtsc"


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])
