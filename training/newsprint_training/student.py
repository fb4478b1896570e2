"""The student: layers of a pretrained MiniLM over a pruned vocabulary; first four of them, then more on top for targets."""

import json
from pathlib import Path

import torch

from .encoder import Classifier, load_base
from .marking import MAX_PIECES, Marker
from .vocabulary import tokenizer


class PrunedMarker(Marker):
    """Tokenizes for a pruned vocabulary, as the engine does."""

    def __init__(self, pieces: list[str]):
        self.tokenizer = tokenizer(pieces)
        place = {piece: n for n, piece in enumerate(pieces)}
        self.first, self.last, self.pad = place["[CLS]"], place["[SEP]"], place["[PAD]"]
        self.opening, self.closing = place["[unused1]"], place["[unused2]"]


def new_student(base: Path, pieces: list[str], layers: list[int]) -> Classifier:
    """The base's layers `layers`, its embeddings of `pieces`, and as many positions as a text may have."""
    whole = load_base(base)
    config = dict(whole.config, num_hidden_layers=len(layers), vocab_size=len(pieces), max_position_embeddings=MAX_PIECES)
    place = {piece: n for n, piece in enumerate((base / "vocab.txt").read_text(encoding="utf-8").splitlines())}
    student = Classifier(config)
    state = whole.state_dict()
    rows = torch.tensor([place[piece] for piece in pieces])
    state["words.weight"] = state["words.weight"][rows]
    state["positions.weight"] = state["positions.weight"][:MAX_PIECES]
    kept = {name: tensor for name, tensor in state.items() if not name.startswith("layers.")}
    for new, old in enumerate(layers):
        prefix = f"layers.{old}."
        kept |= {f"layers.{new}.{n[len(prefix):]}": t for n, t in state.items() if n.startswith(prefix)}
    student.load_state_dict(kept)
    # The two markers have never been trained: they start between the marks that bracket a word in plain text.
    with torch.no_grad():
        names = {piece: n for n, piece in enumerate(pieces)}
        for marker, like in (("[unused1]", "("), ("[unused2]", ")")):
            student.words.weight[names[marker]] = student.words.weight[names[like]]
    return student


def grow(small: Classifier, small_pieces: list[str], whole: Classifier, whole_pieces: list[str], pieces: list[str], top: list[int]) -> Classifier:
    """`small` with layers `top` of `whole` above its own, for sentences toward a target; as such a sentence is still read where
    `small` ends. Both heads start as the one of `small`, and word pieces that it lacks as those of `whole`."""
    n_small = small.config["num_hidden_layers"]
    config = dict(small.config, num_hidden_layers=n_small + len(top), sentence_layers=n_small, vocab_size=len(pieces),
                  opening=pieces.index("[unused1]"))
    grown = Classifier(config)
    own, base = small.state_dict(), whole.state_dict()
    state = dict(own)
    for new, old in enumerate(top, n_small):
        prefix = f"layers.{old}."
        state |= {f"layers.{new}.{n[len(prefix):]}": t for n, t in base.items() if n.startswith(prefix)}
    state |= {f"sentence_{n}": t for n, t in own.items() if n.startswith("head.")}
    place, fallback = ({piece: n for n, piece in enumerate(some)} for some in (small_pieces, whole_pieces))
    words = [own["words.weight"][place[p]] if p in place else base["words.weight"][fallback[p]] for p in pieces]
    grown.load_state_dict(state | {"words.weight": torch.stack(words)})
    return grown


def save(model: Classifier, pieces: list[str], folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    torch.save(model.state_dict(), folder / "weights.pt")
    (folder / "config.json").write_text(json.dumps(model.config, indent=1))
    (folder / "vocab.txt").write_text("\n".join(pieces) + "\n", encoding="utf-8")


def load(folder: Path) -> tuple[Classifier, PrunedMarker, list[str]]:
    config = json.loads((folder / "config.json").read_text())
    pieces = (folder / "vocab.txt").read_text(encoding="utf-8").split("\n")[:-1]
    model = Classifier(config)
    model.load_state_dict(torch.load(folder / "weights.pt", weights_only=True))
    model.eval()
    return model, PrunedMarker(pieces), pieces
