"""A student's vocabulary: the base's word pieces that English finance text uses, and the engine's way of cutting words."""

import collections
import string
from pathlib import Path

from tokenizers import Regex, Tokenizer, normalizers, pre_tokenizers
from tokenizers.models import WordPiece

SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[unused1]", "[unused2]"]


def tokenizer(pieces: list[str]) -> Tokenizer:
    """Cuts as `crates/nlp/src/word_pieces.rs` does: every character that is neither letter nor digit stands alone."""
    out = Tokenizer(WordPiece({piece: n for n, piece in enumerate(pieces)}, unk_token="[UNK]", max_input_chars_per_word=100))
    out.normalizer = normalizers.Sequence(
        [normalizers.NFD(), normalizers.Replace(Regex(r"[\p{Co}\p{M}]"), ""), normalizers.BertNormalizer(handle_chinese_chars=False)]
    )
    out.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Split(Regex(r"[^\p{L}\p{N}]"), "isolated")]
    )
    return out


def prune(base: Path, texts: list[str], size: int) -> list[str]:
    """The `size` most used pieces of the base's vocabulary, all letters and digits among them, in the base's order."""
    pieces = (base / "vocab.txt").read_text(encoding="utf-8").splitlines()
    whole = tokenizer(pieces)
    counts = collections.Counter()
    for encoding in whole.encode_batch(texts, add_special_tokens=False):
        counts.update(encoding.tokens)
    letters = [*string.ascii_lowercase, *string.digits]
    always = {*SPECIAL, *letters, *(f"##{letter}" for letter in letters), *(set(string.punctuation) | set("€£¥’‘“”–—…•%"))}
    kept = {piece for piece in always if piece in set(pieces)}
    for piece, _ in counts.most_common():
        if len(kept) >= size:
            break
        kept.add(piece)
    rest = [piece for piece in pieces if piece in kept and piece not in SPECIAL]
    return [*SPECIAL, *rest]
