"""The student: some layers of a pretrained MiniLM over a pruned vocabulary."""

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
