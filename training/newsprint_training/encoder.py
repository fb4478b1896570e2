"""Transformer encoders with a sequence-classification head, for BERT and MPNet weights.

Names of the parameters are those of Hugging Face's `BertForSequenceClassification`, so that what is trained here loads anywhere.
"""

import json
import math
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import nn
from torch.nn import functional as F


class Attention(nn.Module):
    def __init__(self, width: int, heads: int, dropout: float):
        super().__init__()
        self.heads, self.dropout = heads, dropout
        self.query, self.key, self.value = (nn.Linear(width, width) for _ in range(3))
        self.dense = nn.Linear(width, width)

    def forward(self, hidden, bias):
        batch, length, width = hidden.shape
        split = lambda x: x.view(batch, length, self.heads, width // self.heads).transpose(1, 2)
        context = F.scaled_dot_product_attention(
            split(self.query(hidden)), split(self.key(hidden)), split(self.value(hidden)),
            attn_mask=bias.to(hidden.dtype), dropout_p=self.dropout if self.training else 0.0,
        )
        return self.dense(context.transpose(1, 2).reshape(batch, length, width))


class Layer(nn.Module):
    def __init__(self, config: dict):
        super().__init__()
        width = config["hidden_size"]
        epsilon = config["layer_norm_eps"]
        self.attention = Attention(width, config["num_attention_heads"], config["attention_probs_dropout_prob"])
        self.attention_norm = nn.LayerNorm(width, eps=epsilon)
        self.intermediate = nn.Linear(width, config["intermediate_size"])
        self.output = nn.Linear(config["intermediate_size"], width)
        self.output_norm = nn.LayerNorm(width, eps=epsilon)
        self.dropout = nn.Dropout(config["hidden_dropout_prob"])

    def forward(self, hidden, bias):
        hidden = self.attention_norm(hidden + self.dropout(self.attention(hidden, bias)))
        inner = F.gelu(self.intermediate(hidden))
        return self.output_norm(hidden + self.dropout(self.output(inner)))


class Head(nn.Module):
    """The tanh pooler over the first token, and three logits."""

    def __init__(self, width: int, dropout: float):
        super().__init__()
        self.pooler = nn.Linear(width, width)
        self.classifier = nn.Linear(width, 3)
        self.dropout = nn.Dropout(dropout)
        nn.init.normal_(self.classifier.weight, std=0.02)
        nn.init.zeros_(self.classifier.bias)

    def forward(self, first):
        return self.classifier(self.dropout(torch.tanh(self.pooler(self.dropout(first)))))


class Classifier(nn.Module):
    """Embeddings, layers, and a head.

    Where the config has `sentence_layers`, sentences as such (rows without the piece `opening`) are read by a head of their own
    after so many layers; sentences toward a target go on. Where it has `themes`, their four states each (`themes.py`) are read
    from a sentence as such: from its first row, from the mean of all rows one layer earlier, and from what these rows vote for: each
    has four logits for each theme and a say, the softmax over the rows of a fifth number (attention by label, Mullenbach et al. 2018).
    """

    def __init__(self, config: dict):
        super().__init__()
        self.config = config
        self.sentence_layers = config.get("sentence_layers")
        width = config["hidden_size"]
        self.first_position = 2 if config["model_type"] == "mpnet" else 0
        self.words = nn.Embedding(config["vocab_size"], width)
        self.positions = nn.Embedding(config["max_position_embeddings"], width)
        self.embedding_norm = nn.LayerNorm(width, eps=config["layer_norm_eps"])
        self.layers = nn.ModuleList(Layer(config) for _ in range(config["num_hidden_layers"]))
        self.head = Head(width, config["hidden_dropout_prob"])
        if self.sentence_layers:
            self.sentence_head = Head(width, config["hidden_dropout_prob"])
        if config.get("themes"):
            self.themes = nn.Linear(2 * width, 4 * config["themes"])
            self.votes = nn.Linear(width, n_votes(config["themes"]))
        self.dropout = nn.Dropout(config["hidden_dropout_prob"])
        if config["model_type"] == "mpnet":
            buckets = config["relative_attention_num_buckets"]
            self.relative = nn.Embedding(buckets, config["num_attention_heads"])

    def embedded(self, ids, mask):
        """Rows before the first layer, and the attention's bias."""
        place = torch.arange(ids.shape[1], device=ids.device) + self.first_position
        hidden = self.dropout(self.embedding_norm(self.words(ids) + self.positions(place)))
        bias = torch.zeros(mask.shape, dtype=torch.float32).masked_fill(mask == 0, -1e9)[:, None, None, :]
        if self.config["model_type"] == "mpnet":
            bias = bias + self.relative(relative_buckets(ids.shape[1], self.relative.num_embeddings)).permute(2, 0, 1)
        return hidden, bias

    def forward(self, ids, mask):
        if self.sentence_layers:
            return self.read(ids, mask)[0]
        hidden, bias = self.embedded(ids, mask)
        for layer in self.layers:
            hidden = layer(hidden, bias)
        return self.head(hidden[:, 0])

    def read(self, ids, mask):
        """Logits of sentiment, which rows are sentences as such, and what these are about: `[sentences, 2 × width]`, and four logits of
        each theme that their rows voted for, `[sentences, 4 × themes]`."""
        hidden, bias = self.embedded(ids, mask)
        for layer in self.layers[: self.sentence_layers - 1]:
            hidden = layer(hidden, bias)
        plain = ~(ids == self.config["opening"]).any(1)
        mean = mean_row(hidden[plain], mask[plain])
        voted = self.voted(hidden[plain], mask[plain])
        hidden = self.layers[self.sentence_layers - 1](hidden, bias)
        logits = torch.empty(len(ids), 3)
        if plain.any():
            logits[plain] = self.sentence_head(hidden[plain, 0]).float()
        about = torch.cat([hidden[plain, 0], mean], 1), voted
        if not plain.all():
            hidden, bias = hidden[~plain], bias[~plain]
            for layer in self.layers[self.sentence_layers :]:
                hidden = layer(hidden, bias)
            logits[~plain] = self.head(hidden[:, 0]).float()
        return logits, plain, about

    def voted(self, hidden, mask):
        """Four logits of each theme, `[sentences, 4 × themes]`; nothing without themes."""
        n_themes = self.config.get("themes", 0)
        if not n_themes or not len(hidden):
            return hidden.new_zeros(len(hidden), 4 * n_themes)
        votes = self.votes(self.dropout(hidden)).float()
        says, logits = votes[:, :, :n_themes], votes[:, :, n_themes : 5 * n_themes].unflatten(2, (n_themes, 4))
        says = says.masked_fill(mask[:, :, None] == 0, -1e9).softmax(1)
        return (says[..., None] * logits).sum(1).flatten(1)

    def states(self, about, voted):
        """Log-probabilities of the four states of each theme, `[sentences, themes, 4]`."""
        logits = self.themes(self.dropout(about)).float() + voted
        return torch.log_softmax(logits.view(len(about), logits.shape[1] // 4, 4), -1)


def n_votes(n_themes: int) -> int:
    """Outputs of the layer of votes: a say and four logits for each theme, and as many unused ones as make a multiple of 64, which the
    engine's vectors ask for."""
    return math.ceil(5 * n_themes / 64) * 64


def mean_row(hidden, mask):
    weights = mask[:, :, None].to(hidden.dtype)
    return (hidden * weights).sum(1) / weights.sum(1)


def relative_buckets(length: int, buckets: int, farthest: int = 128):
    """T5's bucketing of relative positions, both directions, as MPNet uses it."""
    place = torch.arange(length)
    distance = -(place[None, :] - place[:, None])
    half = buckets // 2
    side = (distance < 0).long() * half
    distance = distance.abs()
    exact = half // 2
    spread = torch.log(distance.clamp(min=1).float() / exact) / math.log(farthest / exact) * (half - exact)
    far = (exact + spread.long()).clamp(max=half - 1)
    return side + torch.where(distance < exact, distance, far)


def load_base(folder: Path) -> Classifier:
    """A classifier on pretrained weights; its head starts anew."""
    config = json.loads((folder / "config.json").read_text())
    model = Classifier(config)
    weights = load_file(folder / "model.safetensors")
    if config["model_type"] == "bert" and "embeddings.token_type_embeddings.weight" in weights:
        # Every sentence is of type 0: its embedding is a constant that the word embeddings can carry.
        weights["embeddings.word_embeddings.weight"] += weights["embeddings.token_type_embeddings.weight"][0]
    state = {ours: weights[theirs] for ours, theirs in names(config).items() if theirs in weights}
    missing, unexpected = model.load_state_dict(state, strict=False)
    assert not unexpected and set(missing) <= {"head.classifier.weight", "head.classifier.bias"}, (missing, unexpected)
    return model


def names(config: dict, head: str = "") -> dict[str, str]:
    """Our parameter names to Hugging Face's."""
    mpnet = config["model_type"] == "mpnet"
    pairs = {
        "words": "embeddings.word_embeddings",
        "positions": "embeddings.position_embeddings",
        "embedding_norm": "embeddings.LayerNorm",
        "head.pooler": "pooler.dense",
    }
    for n in range(config["num_hidden_layers"]):
        theirs = f"encoder.layer.{n}"
        inner = f"{theirs}.attention.attn" if mpnet else f"{theirs}.attention.self"
        query, key, value = ("q", "k", "v") if mpnet else ("query", "key", "value")
        pairs |= {
            f"layers.{n}.attention.query": f"{inner}.{query}",
            f"layers.{n}.attention.key": f"{inner}.{key}",
            f"layers.{n}.attention.value": f"{inner}.{value}",
            f"layers.{n}.attention.dense": f"{inner}.o" if mpnet else f"{theirs}.attention.output.dense",
            f"layers.{n}.attention_norm": f"{theirs}.attention.LayerNorm" if mpnet else f"{theirs}.attention.output.LayerNorm",
            f"layers.{n}.intermediate": f"{theirs}.intermediate.dense",
            f"layers.{n}.output": f"{theirs}.output.dense",
            f"layers.{n}.output_norm": f"{theirs}.output.LayerNorm",
        }
    if mpnet:
        pairs["relative"] = "encoder.relative_attention_bias"
    both = {f"{a}.{kind}": f"{head}{b}.{kind}" for a, b in pairs.items() for kind in ("weight", "bias")}
    embeddings = ("words", "positions", "relative")
    both = {a: b for a, b in both.items() if not (a.endswith(".bias") and a.split(".")[0] in embeddings)}
    if head:
        pairs = {"head.classifier": "classifier"}
        if config.get("sentence_layers"):
            pairs |= {"sentence_head.pooler": "sentence.pooler.dense", "sentence_head.classifier": "sentence.classifier"}
        if config.get("themes"):
            pairs |= {"themes": "themes", "votes": "themes.votes"}
        both |= {f"{a}.{kind}": f"{b}.{kind}" for a, b in pairs.items() for kind in ("weight", "bias")}
    return both
