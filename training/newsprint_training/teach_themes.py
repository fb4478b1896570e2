"""Fine-tunes the teacher of themes: first on permissive texts, then on all; each stage is a teacher of its own."""

import sys
from pathlib import Path

import numpy as np
import torch
from torch import nn

from . import bases, themes
from .corpora import Example
from .encoder import load_base, mean_row
from .finetune import descend
from .marking import Marker, padded
from .teach import teacher_marker
from .themes import STATES, THEMES, Themed


class Reader(nn.Module):
    """An encoder's mean row, and four logits for each theme."""

    def __init__(self, encoder):
        super().__init__()
        self.encoder = encoder
        self.dropout = nn.Dropout(0.1)
        self.head = nn.Linear(encoder.config["hidden_size"], len(THEMES) * STATES)
        nn.init.normal_(self.head.weight, std=0.02)
        with torch.no_grad():
            self.head.bias.copy_(torch.tensor(themes.START).repeat(len(THEMES)))

    def forward(self, ids, mask):
        """Log-probabilities `[texts, themes, 4]`."""
        hidden, bias = self.encoder.embedded(ids, mask)
        for layer in self.encoder.layers:
            hidden = layer(hidden, bias)
        logits = self.head(self.dropout(mean_row(hidden, mask))).float()
        return torch.log_softmax(logits.view(len(ids), len(THEMES), STATES), -1)


def pieces_of(marker: Marker, texts: list[str]) -> list[list[int]]:
    return marker.pieces([Example(text, None, None, "themes") for text in texts])


def train(model: Reader, marker: Marker, examples: list[Themed], epochs: float, rate: float, seed: int) -> None:
    rows, states = pieces_of(marker, [e.text for e in examples]), themes.open_states(examples)

    def loss_of(places):
        with torch.autocast("cpu", torch.bfloat16):
            log_probabilities = model(*padded([rows[n] for n in places], marker.pad))
        return themes.loss_of_labels(log_probabilities, states[places])

    descend(model, rows, loss_of, epochs=epochs, rate=rate, size=32, seed=seed, fresh=model.head.parameters())


@torch.inference_mode()
def probabilities(model: Reader, marker: Marker, texts: list[str], size: int = 96) -> np.ndarray:
    """`[texts, themes, 4]` in the given order, in bfloat16."""
    model.eval()
    rows = pieces_of(marker, texts)
    places = sorted(range(len(rows)), key=lambda n: len(rows[n]))
    out = np.zeros((len(rows), len(THEMES), STATES), dtype=np.float32)
    for begin in range(0, len(places), size):
        some = places[begin : begin + size]
        with torch.autocast("cpu", torch.bfloat16):
            out[some] = model(*padded([rows[n] for n in some], marker.pad)).exp().numpy()
    return out


def show(model: Reader, marker: Marker, data: Path) -> None:
    held_out = themes.real(data, permissive=False, held_out=True)
    found = probabilities(model, marker, [e.text for e in held_out])
    for least in (0.3, 0.5):
        print(" ", least, {key: round(float(value), 3) for key, value in themes.scores(held_out, found, least).items()}, flush=True)


# Learning rate and epochs of each stage.
STAGES = {"permissive": (7e-5, 3.0), "full": (6e-5, 1.5)}


def main(data: Path, work: Path, variant: str) -> None:
    folder, _ = bases.fetch(work)
    marker = teacher_marker(folder)
    torch.manual_seed(7)
    model = Reader(load_base(folder))
    model.encoder.words.weight.requires_grad_(False)
    permissive = variant == "permissive"
    examples = themes.written() + themes.file_examples() + themes.real(data, permissive, held_out=False)
    if not permissive:
        model.load_state_dict(torch.load(work / "themes-permissive.pt", weights_only=True))
        examples += themes.fomc_stance(data, held_out=False)
    print(f"{variant}: {len(examples)} texts", flush=True)
    rate, epochs = STAGES[variant]
    train(model, marker, examples, epochs, rate, seed=7)
    torch.save(model.state_dict(), work / f"themes-{variant}.pt")
    show(model, marker, data)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])
