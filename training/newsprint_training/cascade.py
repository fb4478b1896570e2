"""The cascade's first step: a linear model over hashed runs of word pieces, which answers where it is sure."""

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from .corpora import Example
from .marking import Marker
from .scores import softmax

BUCKETS = 1 << 16
LONGEST_RUN = 3
# The first step never answers below this: a few validation sets do not speak for all prose.
FLOOR = 0.95


def buckets(pieces: list[int]) -> np.ndarray:
    """Buckets of all runs of 1 to 3 pieces, special ones included; the same hash as in `crates/nlp/src/cascade.rs`."""
    ids = np.array(pieces, dtype=np.uint32)
    found = []
    with np.errstate(over="ignore"):
        for length in range(1, min(LONGEST_RUN, len(ids)) + 1):
            hashed = np.full(len(ids) - length + 1, 0x811C9DC5, dtype=np.uint32)
            for offset in range(length):
                hashed = (hashed ^ ids[offset : len(ids) - length + 1 + offset]) * np.uint32(0x01000193)
                hashed ^= hashed >> np.uint32(15)
            found.append(hashed % np.uint32(BUCKETS))
    return np.concatenate(found).astype(np.int64)


class Runs:
    """Examples as bags of buckets."""

    def __init__(self, marker: Marker, examples: list[Example]):
        self.bags = [buckets(pieces) for pieces in marker.pieces(examples)]

    def batch(self, places):
        bags = [self.bags[n] for n in places]
        offsets = np.cumsum([0, *map(len, bags[:-1])])
        counts = torch.tensor([len(bag) for bag in bags], dtype=torch.float32)
        return torch.from_numpy(np.concatenate(bags)), torch.from_numpy(offsets), counts


def train(marker: Marker, examples: list[Example], soft: torch.Tensor, epochs: int = 4, seed: int = 3):
    """Integer weights `[BUCKETS, 3]`, one scale and a bias: logits are `sum × scale / √n + bias`."""
    torch.manual_seed(seed)
    table = nn.EmbeddingBag(BUCKETS, 3, mode="sum", sparse=True)
    nn.init.zeros_(table.weight)
    bias = nn.Parameter(soft.exp().mean(0).log())
    runs = Runs(marker, examples)
    fast, slow = torch.optim.SparseAdam(table.parameters(), lr=0.03), torch.optim.Adam([bias], lr=0.01)
    for epoch in range(epochs):
        for group in fast.param_groups:
            group["lr"] = 0.03 * 0.5**epoch
        for places in torch.randperm(len(examples)).split(128):
            flat, offsets, counts = runs.batch(places.tolist())
            logits = table(flat, offsets) / counts.sqrt()[:, None] + bias
            loss = F.kl_div(F.log_softmax(logits, -1), soft[places], log_target=True, reduction="batchmean")
            loss.backward()
            fast.step(), slow.step()
            fast.zero_grad(), slow.zero_grad()
    weight = table.weight.detach()
    scale = weight.abs().max() / 127
    return (weight / scale).round().to(torch.int8), scale.reshape(1), bias.detach()


def logits_of(marker: Marker, examples: list[Example], weight, scale, bias) -> np.ndarray:
    out = []
    for bag in Runs(marker, examples).bags:
        total = weight[torch.from_numpy(bag)].to(torch.int32).sum(0)
        out.append((total * scale / len(bag) ** 0.5 + bias).numpy())
    return np.stack(out)


def threshold(cheap: dict[str, np.ndarray], whole: dict[str, np.ndarray], truth: dict[str, np.ndarray], loss: float) -> float:
    """The least confidence at which the first step may answer, so that at it and at every greater one no set loses more than
    `loss` of its accuracy."""
    for least in np.arange(0.999, FLOOR, -0.001):
        for corpus in cheap:
            sure = softmax(cheap[corpus]).max(-1) >= least
            both = np.where(sure, cheap[corpus].argmax(-1), whole[corpus].argmax(-1))
            lost = (whole[corpus].argmax(-1) == truth[corpus]).mean() - (both == truth[corpus]).mean()
            if lost > loss:
                return float(round(least + 0.001, 3))
    return FLOOR
