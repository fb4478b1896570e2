"""Distils a teacher into the small student, whose layers read sentences as such."""

import sys
from pathlib import Path

import torch

from . import bases, soft, student, teach
from .corpora import Example, read_headlines, read_split
from .encoder import load_base
from .finetune import finetune
from .teach import print_scores, teacher_marker, training_examples
from .transfer import soft_labels, transfer_set, tweets
from .vocabulary import prune

LAYERS = [0, 1, 3, 5]
PIECES = 10_000
EPOCHS = {"full": 3, "permissive": 2}


def load_teacher(work: Path, folder: Path, variant: str):
    teacher = load_base(folder)
    teacher.load_state_dict(torch.load(work / f"teacher-{variant}.pt", weights_only=True))
    return teacher.eval()


def scored_by_teacher(data: Path, work: Path, variant: str) -> tuple[list[Example], torch.Tensor]:
    """All examples of a variant with the teacher's log-probabilities. The teacher is trained only where they are not kept yet."""
    permissive = variant == "permissive"
    labelled = read_split(data / "labelled", "train", permissive)
    examples = training_examples(labelled) + transfer_set(data, labelled, permissive)
    kept = soft.read(variant, examples)
    if kept is not None:
        return examples, kept
    if not (work / f"teacher-{variant}.pt").exists():
        teach.main(data, work)
    print(f"{variant}: the teacher scores {len(examples)} examples", flush=True)
    folder = bases.fetch_teacher(work)
    scored = soft_labels(load_teacher(work, folder, variant), teacher_marker(folder), examples)
    soft.write(variant, examples, scored)
    return examples, scored


def vocabulary(data: Path, base: Path, variant: str) -> list[str]:
    """Of the texts that the variant may see."""
    permissive = variant == "permissive"
    labelled = read_split(data / "labelled", "train", permissive)
    texts = [e.text for some in labelled.values() for e in some] + tweets(data)
    texts += 3 * [e.text for e in labelled["newsmtsc"]]  # its names are many and each of them rare
    if not permissive:
        texts += read_headlines(data / "unlabelled" / "finance_headlines.txt.gz")
    return prune(base, texts, PIECES)


def main(data: Path, work: Path, variant: str, layers: list[int] = LAYERS) -> None:
    base = bases.fetch_student(work)
    examples, probabilities = scored_by_teacher(data, work, variant)
    pieces = vocabulary(data, base, variant)
    torch.manual_seed(7)
    model, marker = student.new_student(base, pieces, layers), student.PrunedMarker(pieces)
    val = read_split(data / "labelled", "val", permissive=False)
    print(f"{variant}: {len(examples)} examples, {len(layers)} layers, {len(pieces)} pieces", flush=True)
    # Political sentences without labels are long and many: they wait for the layers that `deepen` adds.
    places = [n for n, e in enumerate(examples) if e.label is not None or e.corpus != "newsmtsc"]
    finetune(model, marker, [examples[n] for n in places], probabilities[places], epochs=EPOCHS[variant], rate=4e-4, size=128, soft_weight=0.7,
             after_epoch=lambda m: print_scores(m, marker, val))
    student.save(model, pieces, work / f"small-{variant}")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])
