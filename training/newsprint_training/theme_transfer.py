"""Texts that the teacher of themes labels for the student."""

import random
import sys
from pathlib import Path

import torch

from . import bases, labelled_themes, soft, themes, transfer
from .broken_up import broken_up_twice
from .corpora import Example, read_headlines
from .distil import scored_by_teacher
from .encoder import load_base
from .teach import teacher_marker
from .teach_themes import Reader, probabilities


# Headlines that are labelled beside those that teach sentiment.
MORE_HEADLINES = 30_000


def transfer_texts(data: Path, permissive: bool, examples: list[Example]) -> list[str]:
    """Texts of the sentiment's `examples`, tweets, and more headlines; without the labelled texts that are measured on."""
    texts = {e.text for e in examples if e.span is None} | set(transfer.tweets(data))
    if not permissive:
        headlines = sorted(set(read_headlines(data / "unlabelled" / "finance_headlines.txt.gz")) - texts)
        texts |= set(random.Random(13).sample(headlines, MORE_HEADLINES))
    known = labelled_themes.labels()
    return sorted(text for text in texts if not (labelled_themes.name_of(text) in known and themes.is_held_out(text)))


def main(data: Path, work: Path, variant: str) -> None:
    permissive = variant == "permissive"
    folder, _ = bases.fetch(work)
    encoder = load_base(folder)
    model = Reader(encoder)
    model.load_state_dict(torch.load(work / f"themes-{variant}.pt", weights_only=True))
    for module in model.modules():
        if isinstance(module, torch.nn.Linear) and module is not model.head:
            module.to(torch.bfloat16)
    own = [e.text for e in themes.written() + themes.file_examples()] + ([] if permissive else [e.text for e in themes.fomc_stance(data, held_out=False)])
    examples, _ = scored_by_teacher(data, work, variant)
    broken = broken_up_twice([e.text for e in themes.written()])
    texts = sorted({*transfer_texts(data, permissive, examples), *own, *broken})
    print(f"{variant}: {len(texts)} texts", flush=True)
    soft.write_themes(variant, texts, probabilities(model, teacher_marker(folder), texts))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])
