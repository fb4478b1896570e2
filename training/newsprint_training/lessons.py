"""Teaches a student themes beside its sentiment, from the teachers' probabilities of both and from labels."""

import csv
import math
import random
import sys
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from . import soft, student, themes
from .corpora import Example, read_split
from .distil import scored_by_teacher
from .finetune import descend, finetune, sentiment_loss
from .marking import padded
from .teach import print_scores
from .scores import macro_f1
from .themes import START, STATES, THEMES
from .theme_transfer import transfer_texts

# What a theme's loss counts for beside the sentiment's.
THEMES_WEIGHT = 0.5
# Share of a label in the loss of a text that has both a label and the teacher's probabilities.
LABEL_SHARE = 0.5
# How often each text that we wrote or labelled stands among the others.
REPEATED = 4
# Share of the unlabelled examples toward a target that are kept.
KEPT = 0.35
# What labelled texts and examples of theme files count for beside others where the head of themes is fitted alone.
LABELS_COUNT, FILES_COUNT = 4.0, 25.0
# Share of the way back to the deep student.
BACK = 0.3
# Share of the texts as such without any label that stand in the second phase too.
REST = 0.3
EPOCHS = 1.6


class Lessons:
    """All texts, and what is known of each: −1 where nothing is."""

    def __init__(self, data: Path, work: Path, variant: str):
        permissive = variant == "permissive"
        self.examples, self.sentiment = fewer(*scored_by_teacher(data, work, variant))
        own, examples = themes.written(), themes.file_examples()
        self.of_files = range(len(own), len(own) + len(examples))
        labelled = own + examples + themes.real(data, permissive, held_out=False)
        labelled += [] if permissive else themes.fomc_stance(data, held_out=False)
        repeated = labelled * REPEATED
        topics = topic_labels(data, held_out=False)
        have = {e.text for e in self.examples if e.span is None}
        extra = [text for text in transfer_texts(data, permissive, self.examples) if text not in have]
        n_sentiment = len(self.examples)
        self.examples = self.examples + [Example(e.text, None, None, "themes") for e in repeated] + [Example(text, None, None, "themes") for text in extra]
        texts = [e.text if e.span is None else "" for e in self.examples]
        known, self.shares = soft.read_themes(variant, texts, len(THEMES))
        self.scored = torch.from_numpy(known)
        self.labelled = torch.full((len(texts),), -1)
        self.labelled[n_sentiment : n_sentiment + len(repeated)] = torch.arange(len(repeated)) % len(labelled)
        self.states = themes.open_states(labelled)
        self.topics = torch.tensor([topics.get(text, -1) for text in texts])
        self.n_sentiment = n_sentiment
        self.hard = torch.tensor([-100 if e.label is None else e.label for e in self.examples])

    def counts_for(self, place: int) -> float:
        """What the text at a place counts for where the head of themes is fitted alone."""
        which = int(self.labelled[place])
        return FILES_COUNT if which in self.of_files else LABELS_COUNT if which >= 0 else 1.0

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
        share = torch.where((scored > 0) & (has_label > 0), LABEL_SHARE, 1.0)
        return (labelled * has_label * share + taught * scored * torch.where(has_label > 0, 1 - LABEL_SHARE, 1.0)).sum()


def fewer(examples: list[Example], sentiment: torch.Tensor) -> tuple[list[Example], torch.Tensor]:
    """The sentiment's examples, of which most unlabelled ones toward a target, but for political ones, are left out and
    Financial PhraseBank stands twice: the student has learned these before, and is only kept from forgetting them."""
    order = random.Random(17)
    places = [n for n, e in enumerate(examples) if e.span is None or e.label is not None or e.corpus == "newsmtsc" or order.random() < KEPT]
    places += [n for n, e in enumerate(examples) if e.corpus == "fpb" and e.label is not None]
    return [examples[n] for n in places], sentiment[places]


def topic_labels(data: Path, held_out: bool) -> dict[str, int]:
    """Topics of tweets by text: of those that are trained on, or of those that are measured on."""
    with (data / "labelled" / "twitter_topic_train.csv").open(encoding="utf-8", newline="") as file:
        rows = [(row["text"], row["label"]) for row in csv.DictReader(file)]
    names = sorted({label for _, label in rows})
    return {text: names.index(label) for text, label in rows if themes.is_held_out(text) == held_out}


def with_themes(model) -> nn.Module:
    """The student, with heads for themes and topics that start anew."""
    grown = type(model)(dict(model.config, themes=len(THEMES)))
    grown.load_state_dict(model.state_dict(), strict=False)
    with torch.no_grad():
        grown.themes.weight.normal_(std=0.02)
        grown.themes.bias.copy_(torch.tensor(START).repeat(len(THEMES)))
    grown.topics = nn.Linear(2 * model.config["hidden_size"], 20)
    return grown


def teach(model, marker, lessons: Lessons, places: list[int], topics_weight: float, **how) -> None:
    """The lessons at `places`; the rest is as [`descend`] takes it."""
    rows = marker.pieces([lessons.examples[n] for n in places])

    def loss_of(some):
        with torch.autocast("cpu", torch.bfloat16):
            logits, plain, about = model.read(*padded([rows[n] for n in some], marker.pad))
            states = model.states(about)
            topics = model.topics(about).float()
        at = [places[n] for n in some]
        loss = torch.zeros(())
        felt = [n for n, place in enumerate(at) if place < lessons.n_sentiment]
        if felt:
            those = [at[n] for n in felt]
            loss = sentiment_loss(logits[felt].float(), lessons.hard[those], lessons.sentiment[those], 0.8) * (len(felt) / len(at))
        as_such = [place for place, is_plain in zip(at, plain.tolist()) if is_plain]
        if as_such:
            loss = loss + THEMES_WEIGHT * lessons.theme_loss(states, as_such) / len(at)
            topic = lessons.topics[as_such]
            if (topic >= 0).any():
                loss = loss + topics_weight * F.cross_entropy(topics, topic, ignore_index=-1, reduction="sum") / len(at)
        return loss

    descend(model, rows, loss_of, size=128, **how)


def settled(lessons: Lessons) -> list[int]:
    """The places of the second phase: all that has a label of any kind, political sentences, and some of the rest."""
    order = random.Random(18)
    n_labelled, out = 0, []
    for n, e in enumerate(lessons.examples):
        if lessons.labelled[n] >= 0:
            # The themes' labelled texts stand REPEATED times: twice is enough here.
            n_labelled += 1
            kept = n_labelled % 2 == 0
        elif n < lessons.n_sentiment:
            kept = e.label is not None or (e.corpus == "newsmtsc" and e.span is not None) or (e.span is None and order.random() < REST)
        else:
            kept = order.random() < REST
        if kept or lessons.topics[n] >= 0:
            out.append(n)
    return out


def teach_themes_alone(model, marker, lessons: Lessons, places: list[int], kept: torch.Tensor) -> None:
    """One epoch of the texts at `places`, of the `kept` themes."""
    rows = marker.pieces([lessons.examples[n] for n in places])

    def loss_of(some):
        with torch.autocast("cpu", torch.bfloat16):
            _, _, about = model.read(*padded([rows[n] for n in some], marker.pad))
            states = model.states(about)
        return lessons.theme_loss(states, [places[n] for n in some], kept) / len(some)

    descend(model, rows, loss_of, epochs=1.0, rate=2e-4, size=128, fresh=model.themes.parameters())


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
        about[some], states[some] = found.numpy(), model.states(found).exp().numpy()
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


def part_of_the_way(model, before, share: float) -> None:
    """Moves what `model` has of the weights of `before` back toward them: sentiment, political above all, gains what themes cost it."""
    old = before.state_dict()
    model.load_state_dict({n: (1 - share) * t + share * old[n] if n in old else t for n, t in model.state_dict().items()})
    model.eval()


def refit_themes(model, marker, lessons: Lessons, epochs: int = 8, rate: float = 3e-3, size: int = 512) -> None:
    """Fits the head of themes alone to an encoder that no longer moves; labelled texts count more, examples of the theme files most,
    for they are what a file promises."""
    every = [n for n, e in enumerate(lessons.examples) if e.span is None and (lessons.scored[n] or lessons.labelled[n] >= 0)]
    first_of = {int(lessons.labelled[n]): n for n in reversed(every)}
    places = [n for n in every if lessons.labelled[n] < 0 or first_of[int(lessons.labelled[n])] == n]
    _, about = read_all(model, marker, [lessons.examples[n].text for n in places])
    about = torch.from_numpy(about)
    weights = torch.tensor([lessons.counts_for(n) for n in places])
    torch.manual_seed(1)
    optimizer = torch.optim.AdamW(model.themes.parameters(), lr=rate, weight_decay=0.01)
    n_steps, step = epochs * math.ceil(len(places) / size), 0
    for _ in range(epochs):
        for some in torch.multinomial(weights, len(places), replacement=True).split(size):
            for group in optimizer.param_groups:
                group["lr"] = rate * (1 - step / n_steps)
            logits = model.themes(F.dropout(about[some], 0.1))
            log_probabilities = torch.log_softmax(logits.view(len(some), -1, STATES), -1)
            loss = lessons.theme_loss(log_probabilities, [places[n] for n in some.tolist()]) / len(some)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            step += 1


def print_themes(model, marker, data: Path) -> None:
    """On what was held out: real texts with themes, tweets with topics, the Committee's stance."""
    real = themes.real(data, permissive=False, held_out=True)
    states, _ = read_all(model, marker, [e.text for e in real])
    print("  themes", {key: round(float(value), 3) for key, value in themes.scores(real, states, 0.4).items()}, flush=True)
    topics = topic_labels(data, held_out=True)
    _, about = read_all(model, marker, list(topics))
    with torch.inference_mode():
        guess = model.topics(torch.from_numpy(about)).argmax(-1).numpy()
    print("  topics", len(topics), round(macro_f1(np.array(list(topics.values())), guess, model.topics.out_features), 4), flush=True)
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
    fresh = [*model.themes.parameters(), *model.topics.parameters()]
    everything = list(range(len(lessons.examples)))
    teach(model, marker, lessons, everything, 0.3, epochs=EPOCHS, rate=2e-4, seed=12, fresh=fresh, after_epoch=show)
    places = settled(lessons)
    print(f"{variant}: {len(places)} texts", flush=True)
    teach(model, marker, lessons, places, 1.0, epochs=1.0, rate=1.2e-4, seed=13, fresh=model.topics.parameters(), after_epoch=show)
    polish_targets(model, marker, lessons, lambda m: print_scores(m, marker, val))
    part_of_the_way(model, student.load(work / start)[0], BACK)
    refit_themes(model, marker, lessons)
    show(model)
    del model.topics  # it was a lesson: what is shipped has no use for it
    student.save(model, pieces, work / f"themed-{variant}")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], sys.argv[4])
