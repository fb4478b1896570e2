"""Texts of the corpora with the themes that they carry, as `newsprint themes test --gold` reads them.

`training/themes/labels.tsv` names each text by the first twelve digits of its SHA-256, for the texts are not ours to pass on.
"""

import csv
import hashlib
import json
import re
import sys
from pathlib import Path

from .corpora import CORPORA, read_headlines
from .transfer import statements

LABELS = Path(__file__).resolve().parents[1] / "themes" / "labels.tsv"


def texts(data: Path, permissive: bool = False) -> list[str]:
    """Every text that may be labelled; the permissive ones alone where asked for."""
    out = statements(data)
    if not permissive:
        out += read_headlines(data / "unlabelled" / "finance_headlines.txt.gz")
    for corpus, (_, free) in CORPORA.items():
        if permissive and not free:
            continue
        with (data / "labelled" / f"{corpus}_train.csv").open(encoding="utf-8", newline="") as file:
            out += [row["text"] for row in csv.DictReader(file)]
    return out


def name_of(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]


# Of the labelled texts, one in so many is kept out of training, to measure on.
HELD_OUT = 4


def is_held_out(name: str) -> bool:
    return int(name, 16) % HELD_OUT == 0


def labels() -> dict[str, dict[str, int]]:
    """Themes and stances of each text, by its name."""
    rows = (line.split("\t") for line in LABELS.read_text(encoding="utf-8").splitlines())
    return {name: {theme: int(stance) for theme, stance in re.findall(r"(\w+):(-?\d)", themes)} for name, themes in rows}


def main(data: Path, out: Path, held_out: bool) -> None:
    known = {name: themes for name, themes in labels().items() if not held_out or is_held_out(name)}
    by_name = {name_of(text): text for text in texts(data)}
    missing = known.keys() - by_name.keys()
    assert not missing, f"{len(missing)} labelled texts are not in {data}"
    with out.open("w", encoding="utf-8") as file:
        for name, themes in sorted(known.items()):
            sentence = {"text": " ".join(by_name[name].split()), "themes": themes}
            file.write(json.dumps({"id": name, "title": "", "sentences": [sentence]}, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), held_out="--held-out" in sys.argv[3:])
