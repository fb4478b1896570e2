"""Interleaves newsprint and onnxruntime over the same sentences and prints ratios; see sentiment_peers.sh."""

import csv
import html
import os
import platform
import re
import statistics
import subprocess
import sys
from pathlib import Path

ROUNDS = 5
REPEATS = 3  # how often a run reads all sentences, each time made different by a number, so that no cache answers


def sentences_of_the_demo() -> list[str]:
    """Sentences of the statements of the Federal Open Market Committee that the demo ships."""
    found = []
    for page in sorted(Path("demo").rglob("*.html")):
        for paragraph in re.findall(r"<p>(.*?)</p>", page.read_text(encoding="utf-8"), re.S):
            text = html.unescape(re.sub(r"<[^>]+>", " ", paragraph))
            found += [s.strip() for s in re.split(r"(?<=[.!?])\s+", " ".join(text.split())) if 30 < len(s) < 600]
    return list(dict.fromkeys(found))[:1000]


def export_peer(folder: Path) -> Path:
    """all-MiniLM-L6-v2 with three outputs as an fp32 ONNX graph, attention written out."""
    graph = folder / "minilm-l6.onnx"
    if graph.exists():
        return graph
    sys.path.insert(0, "training")
    import torch
    from newsprint_training import bases, encoder

    base = bases.fetch_student(folder)

    def plain_attention(self, hidden, bias):
        batch, length, width = hidden.shape
        split = lambda x: x.view(batch, length, self.heads, width // self.heads).permute(0, 2, 1, 3)
        query, key, value = split(self.query(hidden)), split(self.key(hidden)), split(self.value(hidden))
        scores = torch.matmul(query, key.transpose(-1, -2)) / (width // self.heads) ** 0.5 + bias
        context = torch.matmul(torch.softmax(scores, -1), value).permute(0, 2, 1, 3).contiguous()
        return self.dense(context.view(batch, length, width))

    encoder.Attention.forward = plain_attention
    model = encoder.load_base(base).eval()
    inputs = torch.ones(2, 8, dtype=torch.long), torch.ones(2, 8, dtype=torch.long)
    axes = {"ids": {0: "batch", 1: "length"}, "mask": {0: "batch", 1: "length"}}
    torch.onnx.export(model, inputs, str(graph), input_names=["ids", "mask"], output_names=["logits"],
                      dynamic_axes=axes, opset_version=17)
    return graph


PEER = """
import sys, numpy as np, onnxruntime as ort
from tokenizers import Tokenizer
graph, tokenizer, file = sys.argv[1:4]
options = ort.SessionOptions()
options.intra_op_num_threads = options.inter_op_num_threads = 1
session = ort.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
tokenizer = Tokenizer.from_file(tokenizer)
tokenizer.enable_truncation(128)
tokenizer.enable_padding()
sentences = open(file, encoding="utf-8").read().split("\\n")[:-1]
# Sentences of like length together, as any careful user would, so that little is padded.
sentences.sort(key=len)
for n in range(0, len(sentences), 8):
    some = tokenizer.encode_batch(sentences[n:n + 8])
    ids = np.array([e.ids for e in some], dtype=np.int64)
    mask = np.array([e.attention_mask for e in some], dtype=np.int64)
    session.run(None, {"ids": ids, "mask": mask})
"""


def cost(command: list[str]) -> tuple[float, float]:
    """CPU seconds and peak MiB of a process."""
    environment = dict(os.environ, TOKENIZERS_PARALLELISM="false", OMP_NUM_THREADS="1")
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, env=environment)
    _, status, usage = os.wait4(process.pid, 0)
    if status != 0:
        sys.exit(f"{command[0]} failed")
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def write_rows(file: Path, rows: list[list[str]]) -> None:
    with file.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out).writerows(rows)


def main() -> None:
    newsprint, peers, *given = sys.argv[1:]
    folder = Path(peers).resolve()
    lines = Path(given[0]).read_text(encoding="utf-8").splitlines() if given else sentences_of_the_demo()
    sentences = [line for line in lines if line.strip()]
    many = [f"{sentence} {n}" for n in range(REPEATS) for sentence in sentences]
    files = {"one": many[:1], "many": many}
    for name, some in files.items():
        (folder / f"{name}.txt").write_text("\n".join(some) + "\n", encoding="utf-8")
        write_rows(folder / f"{name}.csv", [["text", "label"], *([s, "neutral"] for s in some)])
        # Toward a target all layers are computed and the cascade never answers: the first word is as good a target as any.
        write_rows(folder / f"{name}-aimed.csv", [["text", "label", "target"], *([s, "neutral", s.split()[0]] for s in some)])
    config = folder / "config"
    if not config.exists():
        subprocess.run([newsprint, "init", str(config)], check=True)
    settings = config / "newsprint.toml"
    settings.write_text(re.sub(r"(?m)^threads = \d+", "threads = 1", settings.read_text()))
    # In a process of its own: what is forked later would be charged with the memory of torch.
    subprocess.run([sys.executable, __file__, "export", peers], check=True)
    graph = folder / "minilm-l6.onnx"
    (folder / "peer.py").write_text(PEER)
    tokenizer = folder / "bases" / "all-MiniLM-L6-v2" / "tokenizer.json"

    def ours(model, kind=""):
        return lambda name: [newsprint, "--config", str(config), "--model", model, "model", "eval", str(folder / f"{name}{kind}.csv")]

    def theirs(name):
        return [sys.executable, str(folder / "peer.py"), str(graph), str(tokenizer), str(folder / f"{name}.txt")]

    contenders = {"onnxruntime fp32 MiniLM-L6": theirs, "newsprint full": ours("full"), "newsprint permissive": ours("permissive"),
                  "newsprint full, toward a target": ours("full", "-aimed")}
    costs = {name: {"one": [], "many": []} for name in contenders}
    for _ in range(ROUNDS):
        for name, command in contenders.items():
            for amount in ("one", "many"):
                costs[name][amount].append(cost(command(amount)))
    print(f"{len(many)} sentences, {ROUNDS} rounds, medians; {cpu()}; Python {platform.python_version()}")
    print("| engine | sentences per CPU-second | ratio | cold start, CPU-s | peak MiB |")
    print("|---|---|---|---|---|")
    first = None
    for name, both in costs.items():
        cold = statistics.median(cpu for cpu, _ in both["one"])
        rate = (len(many) - 1) / (statistics.median(cpu for cpu, _ in both["many"]) - cold)
        first = first or rate
        memory = max(mib for _, mib in both["many"])
        print(f"| {name} | {rate:.0f} | {rate / first:.2f} | {cold:.3f} | {memory:.0f} |")


def cpu() -> str:
    found = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    flags = re.search(r"flags\s*: (.*)", Path("/proc/cpuinfo").read_text())
    wide = [flag for flag in ("avx2", "avx512f", "avx512_vnni") if flags and flag in flags[1].split()]
    return f"{found[1] if found else 'unknown processor'} ({' '.join(wide)})"


if __name__ == "__main__":
    if sys.argv[1] == "export":
        export_peer(Path(sys.argv[2]).resolve())
    else:
        main()
