"""Teaches a student themes beside its sentiment, from the teachers' probabilities of both and from labels."""

import random
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import torch
from torch import nn

from . import soft, stance_refit, student, themes
from .broken_up import broken_up_twice
from .corpora import Example, read_split
from .distil import scored_by_teacher
from .finetune import descend, finetune, sentiment_loss
from .marking import padded
from .small_themes import SmallThemes
from .teach import print_scores
from .scores import macro_f1
from .themes import START, STATES, THEMES
from .theme_transfer import transfer_texts

# What a theme's loss counts for beside the sentiment's.
THEMES_WEIGHT = 0.5
# Share of a label in the loss of a text that has both a label and the teacher's probabilities.
LABEL_SHARE = 0.3
# How often each text that we wrote or labelled stands among the others.
REPEATED = 2
# How often more the examples of theme files do: a file promises them.
MORE_OF_FILES = 8
# Share of the unlabelled examples toward a target that are kept.
KEPT = 0.2
# Share of the texts as such without any label that stand in the second phase too.
REST = 0.3
# Learning rate and epochs of the first phase and of the second.
FIRST, SECOND = (4e-4, 1.0), (2e-4, 1.0)


class Lessons:
    """All texts, and what is known of each: −1 where nothing is."""

    def __init__(self, data: Path, work: Path, variant: str):
        permissive = variant == "permissive"
        self.examples, self.sentiment = fewer(*scored_by_teacher(data, work, variant))
        own, examples = themes.written(), themes.file_examples()
        self.of_files = range(len(own), len(own) + len(examples))
        labelled = own + examples + themes.real(data, permissive, held_out=False)
        labelled += [] if permissive else themes.fomc_stance(data, held_out=False)
        order = [*range(len(labelled))] * REPEATED + [*self.of_files] * MORE_OF_FILES
        have = {e.text for e in self.examples if e.span is None}
        unlabelled = transfer_texts(data, permissive, self.examples) + broken_up_twice([e.text for e in own])
        extra = [text for text in unlabelled if text not in have]
        n_sentiment = len(self.examples)
        self.examples = self.examples + [Example(labelled[n].text, None, None, "themes") for n in order] + [Example(text, None, None, "themes") for text in extra]
        texts = [e.text if e.span is None else "" for e in self.examples]
        known, self.shares = soft.read_themes(variant, texts, len(THEMES))
        self.scored = torch.from_numpy(known)
        self.labelled = torch.full((len(texts),), -1)
        self.labelled[n_sentiment : n_sentiment + len(order)] = torch.tensor(order)
        self.states = themes.open_states(labelled)
        self.n_sentiment = n_sentiment
        self.hard = torch.tensor([-100 if e.label is None else e.label for e in self.examples])

    def theme_loss(self, log_probabilities, places, kept=None):
        """Of the texts at `places`, and the `kept` themes; texts that nobody labelled or scored count nothing."""
        if kept is not None:
            log_probabilities = log_probabilities * kept[:, None]  # 0: certain of whatever is asked
        places = torch.tensor(places)
        carried = torch.from_numpy(self.shares[places].astype(np.float32)).view(len(places), -1, STATES - 1)
        whole = torch.cat([(1 - carried.sum(-1, keepdim=True)).clamp(min=0), carried], -1)
        taught = -(whole * log_probabilities).sum((1, 2))
        which = self.labelled[places]
        open_states = self.states[which.clamp(min=0)]
        labelled = themes.loss_of_each_label(log_probabilities, open_states)
        scored, has_label = self.scored[places].float(), (which >= 0).float()
        # A file promises its examples, whatever the teacher makes of them.
        is_promised = (which >= self.of_files.start) & (which < self.of_files.stop)
        label_share = torch.where(is_promised, 1.0, LABEL_SHARE)
        share = torch.where((scored > 0) & (has_label > 0), label_share, 1.0)
        return (labelled * has_label * share + taught * scored * torch.where(has_label > 0, 1 - label_share, 1.0)).sum()


def fewer(examples: list[Example], sentiment: torch.Tensor) -> tuple[list[Example], torch.Tensor]:
    """The sentiment's examples, of which most unlabelled ones toward a target, but for political ones, are left out and
    Financial PhraseBank stands twice: the student has learned these before, and is only kept from forgetting them."""
    order = random.Random(17)
    places = [n for n, e in enumerate(examples) if e.span is None or e.label is not None or e.corpus == "newsmtsc" or order.random() < KEPT]
    places += [n for n, e in enumerate(examples) if e.corpus == "fpb" and e.label is not None]
    return [examples[n] for n in places], sentiment[places]


def with_themes(model, n_themes: int = len(THEMES)) -> nn.Module:
    """The student, with layers for so many themes that start anew."""
    grown = type(model)(dict(model.config, themes=n_themes))
    grown.load_state_dict({n: t for n, t in model.state_dict().items() if n.split(".")[0] not in ("themes", "votes")}, strict=False)
    with torch.no_grad():
        grown.themes.weight.normal_(std=0.02)
        grown.themes.bias.copy_(torch.tensor(START).repeat(n_themes))
        grown.votes.weight.normal_(std=0.03)
        grown.votes.bias.zero_()
    return grown


def fresh(model) -> list[nn.Parameter]:
    return [*model.themes.parameters(), *model.votes.parameters()]


def teach(model, marker, lessons: Lessons, places: list[int], **how) -> None:
    """The lessons at `places`; the rest is as [`descend`] takes it."""
    rows = marker.pieces([lessons.examples[n] for n in places])
    small = SmallThemes(marker)

    def loss_of(some):
        with torch.autocast("cpu", torch.bfloat16):
            logits, plain, about = model.read(*padded([rows[n] for n in some], marker.pad))
            states = model.states(*about)
        at = [places[n] for n in some]
        loss = torch.zeros(())
        felt = [n for n, place in enumerate(at) if place < lessons.n_sentiment]
        if felt:
            those = [at[n] for n in felt]
            loss = sentiment_loss(logits[felt].float(), lessons.hard[those], lessons.sentiment[those], 0.8) * (len(felt) / len(at))
        as_such = [place for place, is_plain in zip(at, plain.tolist()) if is_plain]
        if as_such:
            loss = loss + THEMES_WEIGHT * lessons.theme_loss(states, as_such) / len(at) + small.lesson(model, about[0])
        return loss

    descend(model, rows, loss_of, size=128, **how)


def settled(lessons: Lessons) -> list[int]:
    """The places of the second phase: all that has a label of any kind, political sentences, and some of the rest."""
    order = random.Random(18)
    copies, out = Counter(), []
    for n, e in enumerate(lessons.examples):
        if lessons.labelled[n] >= 0:
            # The themes' labelled texts stand REPEATED times, examples more often: every second copy is enough here.
            copies[int(lessons.labelled[n])] += 1
            kept = copies[int(lessons.labelled[n])] % 2 == 1
        elif n < lessons.n_sentiment:
            kept = e.label is not None or (e.corpus == "newsmtsc" and e.span is not None) or (e.span is None and order.random() < REST)
        else:
            kept = order.random() < REST
        if kept:
            out.append(n)
    return out


def teach_themes_alone(model, marker, lessons: Lessons, places: list[int], kept: torch.Tensor) -> None:
    """One epoch of the texts at `places`, of the `kept` themes, and small themes beside."""
    rows = marker.pieces([lessons.examples[n] for n in places])
    small = SmallThemes(marker)

    def loss_of(some):
        with torch.autocast("cpu", torch.bfloat16):
            _, _, about = model.read(*padded([rows[n] for n in some], marker.pad))
            states = model.states(*about)
        return lessons.theme_loss(states, [places[n] for n in some], kept) / len(some) + small.lesson(model, about[0])

    descend(model, rows, loss_of, epochs=1.0, rate=FIRST[0], size=128, fresh=fresh(model))


@torch.inference_mode()
def read_all(model, marker, texts: list[str], size: int = 96):
    """States of themes `[texts, themes, 4]`, and what each text is about, `[texts, 2 × width]`, in 32-bit floats."""
    model.eval()
    rows = marker.pieces([Example(text, None, None, "themes") for text in texts])
    places = sorted(range(len(rows)), key=lambda n: len(rows[n]))
    states = np.zeros((len(rows), len(THEMES), STATES), dtype=np.float32)
    about = np.zeros((len(rows), 2 * model.config["hidden_size"]), dtype=np.float32)
    for begin in range(0, len(places), size):
        some = places[begin : begin + size]
        _, _, found = model.read(*padded([rows[n] for n in some], marker.pad))
        about[some], states[some] = found[0].numpy(), model.states(*found).exp().numpy()
    return states, about


def polish_targets(model, marker, lessons: Lessons, after_epoch) -> None:
    """The third phase: what reads a sentence toward its target learns anew what lies beneath it, which no longer moves."""
    for name, parameter in model.named_parameters():
        layer = name.split(".")[1] if name.startswith("layers.") else ""
        parameter.requires_grad_(name.startswith("head.") or (layer.isdigit() and int(layer) >= model.sentence_layers))
    places = [n for n, e in enumerate(lessons.examples) if e.span is not None and (e.label is not None or e.corpus == "newsmtsc")]
    some = [lessons.examples[n] for n in places]
    finetune(model, marker, some, lessons.sentiment[places], epochs=1.5, rate=2.5e-4, size=128, soft_weight=0.8, seed=14, after_epoch=after_epoch)
    for parameter in model.parameters():
        parameter.requires_grad_(True)


def print_themes(model, marker, data: Path) -> None:
    """On what was held out: real texts and articles with themes, the Committee's stance."""
    articles = [e for article in themes.articles(themes.LABELLED / "held_out.jsonl") for e in article]
    for name, some in (("real", themes.real(data, permissive=False, held_out=True)), ("articles", articles)):
        states, _ = read_all(model, marker, [e.text for e in some])
        print("  themes", name, {key: round(float(value), 3) for key, value in themes.scores(some, states, 0.4).items()}, flush=True)
    fomc = themes.fomc_stance(data, held_out=True)
    states, _ = read_all(model, marker, [e.text for e in fomc])
    guess = states[:, THEMES.index("rate_cuts"), 1:].argmax(-1)
    print("  fomc", len(fomc), round(macro_f1(np.array([e.states["rate_cuts"][1] - 1 for e in fomc]), guess), 4), flush=True)


def main(data: Path, work: Path, variant: str, start: str) -> None:
    model, marker, pieces = student.load(work / start)
    model = with_themes(model)
    lessons = Lessons(data, work, variant)
    val = read_split(data / "labelled", "val", permissive=False)

    def show(m):
        print_scores(m, marker, val)
        print_themes(m, marker, data)

    print(f"{variant}: {len(lessons.examples)} texts", flush=True)
    everything = list(range(len(lessons.examples)))
    rate, epochs = FIRST
    teach(model, marker, lessons, everything, epochs=epochs, rate=rate, seed=12, fresh=fresh(model), after_epoch=show)
    student.save(model, pieces, work / f"first-{variant}")
    places = settled(lessons)
    print(f"{variant}: {len(places)} texts", flush=True)
    rate, epochs = SECOND
    teach(model, marker, lessons, places, epochs=epochs, rate=rate, seed=13, after_epoch=show)
    student.save(model, pieces, work / f"second-{variant}")
    polish_targets(model, marker, lessons, lambda m: print_scores(m, marker, val))
    stance_refit.refit(model, marker, data, variant)
    print_themes(model, marker, data)
    student.save(model, pieces, work / f"themed-{variant}")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], sys.argv[4])
