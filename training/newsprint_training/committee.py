"""How the shipped model reads the Committee's stance: of held-out sentences of fomc_stance, what `newsprint probe themes` says of rate
cuts (dovish: stronger, hawkish: weaker), however likely it finds the theme itself."""

import sys
from pathlib import Path

import numpy as np

from . import themes, thresholds
from .scores import macro_f1


def main(data: Path, newsprint: Path, model: Path) -> None:
    sentences = themes.fomc_stance(data, held_out=True)
    answers = thresholds.asked(newsprint, f"{model}/", "themes", [e.text for e in sentences])
    stances = [next((t["stance"] for t in answer["themes"] if t["id"] == "rate_cuts"), 0) + 1 for answer in answers]
    truth = np.array([e.states["rate_cuts"][1] - 1 for e in sentences])
    print(f"{len(sentences)} sentences, macro F1 {macro_f1(truth, np.array(stances)):.3f}")


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve(), Path(sys.argv[3]).resolve())
