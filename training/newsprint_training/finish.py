"""From a trained student to the folder that is shipped: eight bits, calibration, cascade, golden file, scores, card."""

import csv
import json
import subprocess
import sys
from pathlib import Path

import numpy as np

from . import bases, calibration, cascade, deepen, distil, export, glance, golden, lessons, scores, student, themes, thresholds
from .corpora import CORPORA, LABELS, Example, read_split
from .finetune import logits_of

# What the cascade's first step may cost on any validation set.
CASCADE_LOSS = 0.003
NEVER = 2.0
# How often more the examples of theme files stand among what the glance learns from.
EXAMPLES_REPEATED = 5
# Counts the releases of the shipped models; tag runs record the name that it makes.
RELEASE = 5
SUMMARY = {
    "full": "sentiment of finance sentences, as such or toward a target, and their themes; distilled on all corpora",
    "permissive": "sentiment of finance sentences, as such or toward a target, and their themes; fine-tuned only on data free for any use",
}
LICENCE = {
    "full": "weights for non-commercial use: Financial PhraseBank is CC BY-NC-SA 3.0, the Committee's stance CC BY-NC 4.0, and the headlines of the transfer set belong to their publishers",
    "permissive": "Apache-2.0, as the bases; fine-tuned on MIT, ODC-BY and public-domain data alone (what the bases were pretrained on is in their cards)",
}
NOTICE = """The encoder is derived from sentence-transformers/all-MiniLM-L6-v2 (Apache License 2.0, in LICENSE-base) and was
changed: layers {layers} of its six were kept and layers {top} put on top of them, its vocabulary was cut to {pieces} pieces, it was
fine-tuned and distilled for sentiment and themes, and its weights were rounded to eight bits.
"""
UNLABELLED_LICENCE = {"twitter_topic": "MIT", "fomc": "public domain", "headlines": "their publishers'"}


def data_used(labelled: dict[str, list[Example]], examples: list[Example]) -> list[dict]:
    out = [
        {"corpus": corpus, "licence": CORPORA[corpus][0], "examples": len(some), "used_for": "teacher and student, labels"}
        for corpus, some in labelled.items()
    ]
    for corpus, licence in UNLABELLED_LICENCE.items():
        n = sum(e.corpus == corpus for e in examples)
        if n:
            out.append({"corpus": corpus, "licence": licence, "examples": n, "used_for": "student, without labels"})
    for corpus in labelled:
        n = sum(e.corpus == corpus and e.label is None for e in examples)
        if n:
            used_for = "student, its texts without labels"
            out.append({"corpus": corpus, "licence": CORPORA[corpus][0], "examples": n, "used_for": used_for})
    return out


def theme_data(data: Path, variant: str) -> list[dict]:
    """What themes were taught with."""
    permissive = variant == "permissive"
    labelled = themes.written() + themes.file_examples()
    out = [{"corpus": "sentences written for newsprint", "licence": "as newsprint", "examples": len(labelled), "used_for": "themes, labels"}]
    texts = themes.real(data, permissive, held_out=False)
    out.append({"corpus": "texts of the corpora above", "licence": "as above", "examples": len(texts), "used_for": "themes, our labels"})
    if not permissive:
        stance = themes.fomc_stance(data, held_out=False)
        out.append({"corpus": "fomc_stance", "licence": "CC BY-NC 4.0", "examples": len(stance), "used_for": "stance toward rate cuts, labels"})
    return out


def write_csv(examples: list[Example], file: Path) -> None:
    with file.open("w", encoding="utf-8", newline="") as out:
        rows = csv.writer(out)
        rows.writerow(["text", "label", "target", "target_start", "target_end"])
        for e in examples:
            start, end = (len(e.text[:place].encode()) for place in e.span) if e.span else ("", "")
            rows.writerow([e.text, LABELS[e.label], e.text[slice(*e.span)] if e.span else "", start, end])


def measured(newsprint: Path, folder: Path, val: dict[str, list[Example]], work: Path) -> dict[str, dict]:
    """Scores of the shipped files, as the product itself measures them."""
    out = {}
    for corpus, examples in val.items():
        file = work / f"{corpus}_val.csv"
        write_csv(examples, file)
        command = [newsprint, "--model", f"{folder}/", "--format", "json", "model", "eval", file]
        answer = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)
        n, right = answer["disagreeing_texts"], answer["disagreeing_all_right"]
        out[corpus] = {key: answer[key] for key in ("n", "accuracy", "macro_f1", "ece")} | {"both_right": right / n if n else None}
        print(corpus, {key: value and round(value, 4) for key, value in out[corpus].items()}, flush=True)
    return out


def described(card: dict, folder: Path) -> str:
    """The card for people."""
    size = sum((folder / name).stat().st_size for name in ("model.safetensors", "vocab.txt", "card.json"))
    shape = json.loads((folder / "card.json").read_text())["shape"]
    lines = [
        f"# {card['name']}", "", card["summary"][0].upper() + card["summary"][1:] + ".", "",
        f"BERT, {shape['layers']} layers of {shape['width']} values (a sentence as such is read after {shape['sentence_layers']} of them, toward a "
        f"target after all), {shape['pieces']} word pieces, weights in eight bits, "
        f"{size / 1e6:.1f} MB; a linear model over runs of word pieces answers first where it is sure "
        f"(p ≥ {card['cascade']['threshold']}). Four states of each of {len(card['themes'])} themes are read from a sentence as such "
        "(`themes test --gold` scores them). Labels by name, probabilities calibrated (the two numbers "
        "of `crates/nlp/src/calibration.rs` for each reading). "
        "`card.json` holds all this for programs, with the hash of each file; `newsprint model info` prints it.", "",
        f"Terms: {card['licence']}.", "", "Made from " + " and ".join(card["bases"]) + ".", "",
        "| data | terms | examples | used for |", "|---|---|---|---|",
        *(f"| {d['corpus']} | {d['licence']} | {d['examples']} | {d['used_for']} |" for d in card["data"]), "",
        "Scores on validation sets, measured by `newsprint model eval` on the files as shipped. Nothing was trained on these sets; the",
        "calibration and the cascade's threshold were chosen on them.", "",
        "| set | n | accuracy | macro F1 | ECE (15 bins) | disagreeing: all right |", "|---|---|---|---|---|---|",
    ]
    for corpus, s in card["scores"].items():
        both = "–" if s["both_right"] is None else f"{s['both_right']:.3f}"
        lines.append(f"| {corpus} | {s['n']} | {s['accuracy']:.3f} | {s['macro_f1']:.3f} | {s['ece']:.3f} | {both} |")
    return "\n".join([*lines, "", "`golden.jsonl` holds what torch makes of some 200 sentences with these weights in 32-bit floats.", ""])


def teach_glance(model, marker, taught: lessons.Lessons) -> glance.Glance:
    """On all sentences as such that the teacher scored or that have a label; examples of theme files stand many times."""
    places = [n for n, e in enumerate(taught.examples) if e.span is None and (taught.scored[n] or taught.labelled[n] >= 0)]
    places += [n for n in places if int(taught.labelled[n]) in taught.of_files] * EXAMPLES_REPEATED
    rows = marker.pieces([taught.examples[n] for n in places])
    loss_of = lambda log_probabilities, some: taught.theme_loss(log_probabilities, [places[n] for n in some])
    return glance.train(model.words.weight.detach(), rows, loss_of, len(themes.THEMES) * themes.STATES)


def taught_themes(newsprint: Path, model: Path, data: Path, variant: str) -> list[dict]:
    """Each theme with its thresholds."""
    labelled = [e for article in themes.articles(themes.LABELLED / "held_out.jsonl") for e in article]
    labelled += themes.real(data, variant == "permissive", held_out=True)
    examples = themes.file_examples()
    texts = [e.text for e in labelled + examples]
    probability, phrase = thresholds.by_model(newsprint, model, texts), thresholds.by_phrase(newsprint, texts)
    n = len(labelled)
    keeps, finds = thresholds.fit(thresholds.truth_of(labelled), probability[:n], phrase[:n])
    keeps, finds = thresholds.heed_examples(keeps, finds, probability[n:], phrase[n:], examples)
    thirds = thresholds.decides(newsprint, model, examples)
    fitted = zip(themes.THEMES, keeps, finds, thirds)
    return [{"id": theme, "keeps": round(float(k), 3), "finds": round(float(f), 3), "decides": round(float(d), 3)} for theme, k, f, d in fitted]


def main(data: Path, work: Path, newsprint: Path, variant: str, trained: str, out: Path) -> None:
    repository = Path(__file__).resolve().parents[2]
    model, marker, pieces = student.load(work / trained)
    labelled = read_split(data / "labelled", "train", variant == "permissive")
    val = read_split(data / "labelled", "val", permissive=False)
    examples, soft = distil.scored_by_teacher(data, work, variant)

    sample = [example for some in labelled.values() for example in some[:100]]
    packed = export.tensors(model, export.factors(model, export.input_ranges(model, marker, sample)))
    floats = export.unpacked(model, packed)

    whole = {corpus: logits_of(floats, marker, some).numpy() for corpus, some in val.items()}
    truth = {corpus: np.array([e.label for e in some]) for corpus, some in val.items()}
    # Nothing of the permissive model is fitted on other data, not even its calibration.
    free = [corpus for corpus in val if corpus in labelled]
    toward = [corpus for corpus in free if val[corpus][0].span]
    plain = [corpus for corpus in free if corpus not in toward]
    fit = lambda logits, names: calibration.fit([(logits[c], truth[c]) for c in names])
    fitted = {"sentence": fit(whole, plain), "target": fit(whole, toward)}

    places = [n for n, e in enumerate(examples) if e.span is None]
    first = cascade.train(marker, [examples[n] for n in places], soft[places])
    packed |= dict(zip(("cascade.weight", "cascade.scale", "cascade.bias"), first))
    cheap = {corpus: cascade.logits_of(marker, val[corpus], *first) for corpus in plain}
    cascade_fitted = fit(cheap, plain)
    calm = {corpus: calibration.apply(logits, cascade_fitted) for corpus, logits in cheap.items()}
    least = cascade.threshold(calm, whole, truth, CASCADE_LOSS)
    for corpus, logits in calm.items():
        sure = scores.softmax(logits).max(-1) >= least
        print(f"cascade: {corpus} answered {sure.mean():.3f} at {least}, alone {(logits.argmax(-1) == truth[corpus]).mean():.3f}", flush=True)

    at_a_glance = teach_glance(floats, marker, lessons.Lessons(data, work, variant))
    packed |= at_a_glance.tensors()
    at_a_glance = at_a_glance.rounded()

    card = {
        "name": f"{out.name}-{RELEASE}",
        "summary": SUMMARY[variant],
        "licence": LICENCE[variant],
        "bases": ["sentence-transformers/all-MiniLM-L6-v2 (Apache-2.0)", "sentence-transformers/all-mpnet-base-v2 (Apache-2.0, teacher)"],
        "calibration": fitted,
        "cascade": {"buckets": cascade.BUCKETS, "threshold": NEVER, "calibration": cascade_fitted},
        "themes": [{"id": theme, "keeps": 0.0, "finds": 0.5, "decides": 1.0} for theme in themes.THEMES],
        "data": data_used(labelled, examples) + theme_data(data, variant),
        "scores": {},
    }
    export.write(floats, packed, pieces, card, out)
    golden.write(floats, first, at_a_glance, marker, golden.sentences(repository), out / "golden.jsonl")
    print("32-bit floats, torch:")
    for corpus in val:
        by = fitted["target" if val[corpus][0].span else "sentence"]
        print(corpus, scores.report(val[corpus], calibration.apply(whole[corpus], by)), flush=True)
    print("eight bits, no cascade:")
    without = measured(newsprint, out, val, work)
    card["cascade"]["threshold"] = least
    export.write(floats, packed, pieces, card, out)
    card["themes"] = taught_themes(newsprint, out, data, variant)
    export.write(floats, packed, pieces, card, out)
    print("as shipped:")
    card["scores"] = measured(newsprint, out, val, work)
    for corpus in plain:
        lost = without[corpus]["accuracy"] - card["scores"][corpus]["accuracy"]
        assert lost <= CASCADE_LOSS + 1 / len(val[corpus]), f"the cascade costs {lost} on {corpus}"
    export.write(floats, packed, pieces, card, out)
    (out / "README.md").write_text(described(card, out), encoding="utf-8")
    base = bases.fetch_student(work)
    (out / "LICENSE-base").write_bytes((base / "LICENSE").read_bytes())
    (out / "NOTICE").write_text(NOTICE.format(layers=", ".join(map(str, distil.LAYERS)), top=", ".join(map(str, deepen.TOP)), pieces=len(pieces)), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]), sys.argv[4], sys.argv[5], Path(sys.argv[6]))
