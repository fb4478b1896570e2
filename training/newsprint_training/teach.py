"""Fine-tunes the teacher: first on the permissive corpora, then on all; each stage is a teacher of its own."""

import sys
from pathlib import Path

import torch

from . import bases, scores
from .corpora import Example, disagreeing, read_split
from .encoder import load_base
from .finetune import finetune, logits_of
from .marking import Marker


def teacher_marker(folder: Path) -> Marker:
    return Marker(folder / "tokenizer.json", first="<s>", last="</s>", pad="<pad>")


def training_examples(corpora: dict[str, list[Example]]) -> list[Example]:
    """All examples; headlines whose targets disagree stand twice, for they are few and teach what the target is for."""
    examples = [example for some in corpora.values() for example in some]
    headlines = corpora["sentfin_entity"]
    split = disagreeing(headlines)
    return examples + [example for example in headlines if example.text in split]


def print_scores(model, marker: Marker, val: dict[str, list[Example]]) -> None:
    for corpus, examples in val.items():
        print(" ", corpus, scores.report(examples, logits_of(model, marker, examples, exact=False).numpy()), flush=True)


def main(data: Path, work: Path) -> None:
    folder, _ = bases.fetch(work)
    marker = teacher_marker(folder)
    torch.manual_seed(7)
    model = load_base(folder)
    model.words.weight.requires_grad_(False)  # a quarter of the weights, and most words of the test texts are never trained
    val = read_split(data / "labelled", "val", permissive=False)
    show = lambda m: print_scores(m, marker, val)

    permissive = read_split(data / "labelled", "train", permissive=True)
    finetune(model, marker, training_examples(permissive), epochs=1.75, rate=4e-5, size=64, floor=0.05, after_epoch=show)
    torch.save(model.state_dict(), work / "teacher-permissive.pt")

    full = read_split(data / "labelled", "train", permissive=False)
    examples = training_examples(full) + full["fpb"]
    finetune(model, marker, examples, epochs=0.9, rate=2.5e-5, size=64, seed=8, after_epoch=show)
    torch.save(model.state_dict(), work / "teacher-full.pt")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
