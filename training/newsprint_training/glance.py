"""What a sentence may be about at a glance: for sentences whose sentiment the cascade answers, the encoder is never run.

The weighted mean of the encoder's own word embeddings, each word piece with a weight of its own, through one hidden layer to the
four logits of each theme.
"""

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from . import export
from .themes import START

HIDDEN = 128


class Glance(nn.Module):
    def __init__(self, embeddings: torch.Tensor, n_outputs: int):
        super().__init__()
        self.register_buffer("embeddings", embeddings)
        self.weights = nn.Parameter(torch.zeros(len(embeddings)))
        self.hidden = nn.Linear(embeddings.shape[1], HIDDEN)
        self.output = nn.Linear(HIDDEN, n_outputs)
        with torch.no_grad():
            self.output.weight.normal_(std=0.05)
            self.output.bias.copy_(torch.tensor(START).repeat(n_outputs // 4))

    def mean(self, pieces, owners, n_rows):
        weights = self.weights.exp()[pieces]
        words = self.embeddings[pieces] * weights[:, None]
        sums = torch.zeros(n_rows, words.shape[1]).index_add(0, owners, words)
        totals = torch.zeros(n_rows).index_add(0, owners, weights)
        return sums / totals[:, None]

    def forward(self, pieces, owners, n_rows):
        return self.output(F.gelu(self.hidden(self.mean(pieces, owners, n_rows))))

    @torch.inference_mode()
    def states(self, rows: list[list[int]]) -> np.ndarray:
        """Probabilities of the four states of each theme, `[rows, themes, 4]`."""
        parts = [self(*bag(rows[n : n + 512])).view(len(rows[n : n + 512]), -1, 4).softmax(-1) for n in range(0, len(rows), 512)]
        return torch.cat(parts).numpy()

    def tensors(self) -> dict[str, torch.Tensor]:
        """As they are shipped."""
        out = {"glance.weights": self.weights.detach().exp()}
        for name, layer in (("glance.hidden", self.hidden), ("glance.output", self.output)):
            values, scale = export.rows_in_eight_bits(layer.weight.detach(), export.GREATEST_WEIGHT)
            out |= {f"{name}.weight": values, f"{name}.scale": scale, f"{name}.factor": torch.ones(values.shape[1]),
                    f"{name}.bias": layer.bias.detach().clone()}
        return out

    def rounded(self) -> "Glance":
        """The same with the weights that are shipped."""
        same = Glance(self.embeddings, self.output.out_features)
        state, packed = dict(self.state_dict()), self.tensors()
        for name in ("hidden", "output"):
            state[f"{name}.weight"] = packed[f"glance.{name}.weight"].float() * packed[f"glance.{name}.scale"][:, None]
        same.load_state_dict(state)
        return same.eval()


def bag(rows: list[list[int]]):
    """All pieces, whose they are, and the number of rows."""
    owners = torch.repeat_interleave(torch.arange(len(rows)), torch.tensor([len(row) for row in rows]))
    return torch.tensor([piece for row in rows for piece in row]), owners, len(rows)


def train(embeddings: torch.Tensor, rows: list[list[int]], loss_of, n_outputs: int, epochs: int = 4, size: int = 256, rate: float = 3e-3, seed: int = 5) -> Glance:
    """`loss_of` gives the summed loss of log-probabilities `[rows, themes, 4]` at some places."""
    torch.manual_seed(seed)
    model = Glance(embeddings, n_outputs)
    optimizer = torch.optim.Adam(model.parameters(), lr=rate)
    n_steps, step = epochs * (len(rows) // size + 1), 0
    for _ in range(epochs):
        for places in torch.randperm(len(rows)).split(size):
            places = places.tolist()
            for group in optimizer.param_groups:
                group["lr"] = rate * (1 - step / n_steps)
            logits = model(*bag([rows[n] for n in places])).view(len(places), -1, 4)
            loss = loss_of(torch.log_softmax(logits, -1), places) / len(places)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            step += 1
    return model.eval()
