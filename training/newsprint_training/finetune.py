"""Fine-tuning with hard labels, soft labels or both."""

import math
import random
import time

import torch
from torch.nn import functional as F

from .corpora import Example
from .marking import Marker, padded


def batches(rows: list[list[int]], size: int, order: random.Random):
    """Shuffled batches of rows of like length, so that little is padded."""
    places = list(range(len(rows)))
    order.shuffle(places)
    out = []
    for begin in range(0, len(places), size * 50):
        pool = sorted(places[begin : begin + size * 50], key=lambda n: len(rows[n]))
        out += [pool[n : n + size] for n in range(0, len(pool), size)]
    order.shuffle(out)
    return out


def descend(model, rows: list[list[int]], loss_of, *, epochs: float, rate: float, size: int = 32, seed: int = 7, floor: float = 0.0,
            decay: float = 0.01, fresh=(), after_epoch=None):
    """Trains `model` in place on batches of `rows` of like length; `loss_of` gives the loss of the rows at some places. The rate
    warms up over 6 % of the steps and falls linearly to `floor` of itself; `fresh` parameters, which start from nothing, learn ten
    times as fast."""
    torch.manual_seed(seed)
    order = random.Random(seed)
    per_epoch = math.ceil(len(rows) / size)
    total = int(per_epoch * epochs)
    optimizer = torch.optim.AdamW(parameter_groups(model, fresh, decay), lr=rate, betas=(0.9, 0.98), fused=True)
    step, began, running = 0, time.time(), 0.0
    model.train()
    while step < total:
        for places in batches(rows, size, order):
            if step >= total:
                break
            share = step / total
            now = rate * min(1.0, (step + 1) / max(1, 0.06 * total)) * (floor + (1 - floor) * (1 - share))
            for group in optimizer.param_groups:
                group["lr"] = now * group["by"]
            loss = loss_of(places)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
            running = 0.98 * running + 0.02 * loss.item() if step else loss.item()
            step += 1
            if step % 100 == 0:
                print(f"  step {step}/{total} loss {running:.4f} {time.time() - began:.0f} s", flush=True)
            if after_epoch and step % per_epoch == 0 and step < total:
                after_epoch(model)
                model.train()
    model.eval()
    if after_epoch:
        after_epoch(model)


def parameter_groups(model, fresh, decay: float) -> list[dict]:
    """Matrices decay, everything else does not."""
    new = {id(parameter) for parameter in fresh}
    groups = {(by, kept): [] for by in (1.0, 10.0) for kept in (decay, 0.0)}
    for parameter in model.parameters():
        if parameter.requires_grad:
            groups[10.0 if id(parameter) in new else 1.0, decay if parameter.ndim > 1 else 0.0].append(parameter)
    return [{"params": some, "by": by, "weight_decay": kept} for (by, kept), some in groups.items() if some]


def finetune(model, marker: Marker, examples: list[Example], soft=None, *, soft_weight: float = 0.5, **how):
    """Trains the heads of sentiment. `soft` holds log-probabilities `[examples, 3]` of a teacher, or None; where an example has
    both kinds of label the losses are mixed by `soft_weight`. The rest is as [`descend`] takes it."""
    rows = marker.pieces(examples)
    hard = torch.tensor([-100 if e.label is None else e.label for e in examples])
    descend(model, rows, lambda places: batch_loss(model, marker, rows, hard, soft, places, soft_weight), **how)


def batch_loss(model, marker, rows, hard, soft, places, soft_weight):
    ids, mask = padded([rows[n] for n in places], marker.pad)
    with torch.autocast("cpu", torch.bfloat16):
        logits = model(ids, mask)
    return sentiment_loss(logits.float(), hard[places], None if soft is None else soft[places], soft_weight)


def sentiment_loss(logits, labels, soft, soft_weight):
    if soft is None:
        return F.cross_entropy(logits, labels)
    divergence = F.kl_div(F.log_softmax(logits, -1), soft, log_target=True, reduction="none").sum(-1)
    exact = F.cross_entropy(logits, labels, ignore_index=-100, reduction="none")
    weight = torch.where(labels == -100, 1.0, soft_weight)
    return (weight * divergence + (1 - weight) * exact).mean()


@torch.inference_mode()
def logits_of(model, marker: Marker, examples: list[Example], size: int = 64, exact: bool = True):
    """Logits `[examples, 3]` in the given order; in fp32, or in bfloat16 where `exact` is False."""
    model.eval()
    rows = marker.pieces(examples)
    places = sorted(range(len(rows)), key=lambda n: len(rows[n]))
    out = torch.empty(len(rows), 3)
    for begin in range(0, len(places), size):
        some = places[begin : begin + size]
        ids, mask = padded([rows[n] for n in some], marker.pad)
        with torch.autocast("cpu", torch.bfloat16, enabled=not exact):
            out[some] = model(ids, mask).float()
    return out
