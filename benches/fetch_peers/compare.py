"""newsprint and Scrapy in turn over the same sites of this machine; see ../fetch_peers.sh."""

import os
import platform
import re
import shutil
import sqlite3
import statistics
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

SPIDER = str(Path(__file__).with_name("spider.py"))
TEXTS = {"newsprint": "SELECT address, text FROM article JOIN revision USING (article_key)", "Scrapy": "SELECT url, text FROM article"}


class Cost(NamedTuple):
    seconds: float
    cpu_seconds: float
    peak_mib: float  # of the largest process
    server_cpu_seconds: float
    other_cpu_seconds: float  # that these cores spent on anything else meanwhile; near 0 on a machine at rest


class Server:
    """The sites, which are there until this process ends."""

    def __init__(self, program: str, n_sites: int, n_stories: int):
        self.process = subprocess.Popen([program, str(n_sites), str(n_stories)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        port, self.n_bytes, self.n_words = map(int, self.process.stdout.readline().split())
        self.feeds = [f"http://127.0.0.{1 + n}:{port}/feed.xml" for n in range(n_sites)]

    def cpu_seconds(self) -> float:
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def busy_seconds() -> float:
    """What the cores that this process may use have spent on anything so far."""
    names = {f"cpu{n}" for n in os.sched_getaffinity(0)}
    rows = [line.split() for line in Path("/proc/stat").read_text().splitlines() if line.split()[0] in names]
    # user, nice, system, idle, iowait, irq, softirq: all but idle and iowait.
    return sum(int(row[n]) for row in rows for n in (1, 2, 3, 6, 7)) / os.sysconf("SC_CLK_TCK")


def cost(commands: list[list[str]], folder: Path, server: Server) -> Cost:
    """What processes that are started together cost, until the last of them has ended."""
    served, busy = server.cpu_seconds(), busy_seconds()
    start = time.monotonic()
    with (folder / "log").open("w") as log:
        processes = [subprocess.Popen(command, cwd=folder, stdout=log, stderr=log) for command in commands]
        ended = [os.wait4(process.pid, 0) for process in processes]
    seconds = time.monotonic() - start
    served, busy = server.cpu_seconds() - served, busy_seconds() - busy
    if any(status != 0 for _, status, _ in ended):
        sys.exit(f"{commands[0][0]} failed:\n{(folder / 'log').read_text()}")
    usages = [usage for _, _, usage in ended]
    own = sum(usage.ru_utime + usage.ru_stime for usage in usages)
    return Cost(seconds, own, max(usage.ru_maxrss for usage in usages) / 1024, served, max(0.0, busy - own - served))


def configure(newsprint: str, folder: Path, changes: dict[str, str]) -> Path:
    """The configuration as it ships, but for this machine's own addresses, without waiting, and with `changes`."""
    config = folder / ("config" if not changes else "config-" + "-".join(changes))
    subprocess.run([newsprint, "init", str(config)], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    settings = config / "newsprint.toml"
    text = settings.read_text()
    own = {"allow_loopback": "true", "gap_seconds": "0.0", "contact": '"bench@newsprint.example"'}
    for key, value in (own | changes).items():
        text, n_changed = re.subn(rf"(?m)^{key} = \S+", f"{key} = {value}", text)
        if n_changed != 1:
            sys.exit(f"{settings} has no {key}")
    settings.write_text(text)
    return config


def contenders(newsprint: str, configs: tuple[Path, Path], feeds: list[str]) -> dict[str, list[list[str]]]:
    """Commands by name; of each, those that are started together."""
    def scrapy(per_host: int, speed: str, n_processes: int = 1) -> list[list[str]]:
        shares = [feeds[n::n_processes] for n in range(n_processes)]
        return [[sys.executable, SPIDER, "store.db", str(per_host), speed, *share] for share in shares if share]

    named = [argument for feed in feeds for argument in ("--feed", feed)]
    return {
        "newsprint": [[newsprint, "--config", str(configs[0]), "--db", "store.db", "fetch", *named]],
        "newsprint, no evidence kept": [[newsprint, "--config", str(configs[1]), "--db", "store.db", "fetch", *named]],
        "Scrapy, 1 request a host": scrapy(1, "default"),
        "Scrapy, 8 requests a host": scrapy(8, "default"),
        "Scrapy, 8, `fast=True`": scrapy(8, "fast"),
        "Scrapy, 8, two processes": scrapy(8, "default", 2),
        "Scrapy, 8, two processes, `fast=True`": scrapy(8, "fast", 2),
    }


def read_texts(name: str, database: Path) -> dict[str, str]:
    """Stored texts by address."""
    connection = sqlite3.connect(database)
    texts = dict(connection.execute(TEXTS[name.split(",")[0]]))
    connection.close()
    return texts


class Words:
    """The words of the stories as they were made."""

    def __init__(self):
        self.made: dict[str, Counter] = {}

    def of(self, address: str) -> Counter:
        if address not in self.made:
            with urllib.request.urlopen(address.replace("/news/", "/words/")) as answer:
                self.made[address] = Counter(answer.read().decode().split())
        return self.made[address]

    def compare(self, texts: dict[str, str]) -> tuple[float, float, float]:
        """Means over pages: words stored, words of the story that are not among them, words that are not the story's."""
        stored = {address: Counter(text.split()) for address, text in texts.items()}
        n_missing = sum((self.of(address) - words).total() for address, words in stored.items())
        n_other = sum((words - self.of(address)).total() for address, words in stored.items())
        return tuple(n / len(texts) for n in (sum(words.total() for words in stored.values()), n_missing, n_other))


def main() -> None:
    newsprint, program, folder, n_sites, n_stories, n_rounds = *sys.argv[1:4], *map(int, sys.argv[4:])
    # Two cores for all, server included; children inherit them.
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:2])
    folder = Path(folder).resolve()
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    server = Server(program, n_sites, n_stories)
    n_pages = n_sites * n_stories
    configs = configure(newsprint, folder, {}), configure(newsprint, folder, {"evidence": '""'})
    all_commands = contenders(newsprint, configs, server.feeds)
    costs: dict[str, list[Cost]] = {name: [] for name in all_commands}
    texts = {}
    for _ in range(n_rounds):
        for name, commands in all_commands.items():
            place = folder / "run"
            shutil.rmtree(place, ignore_errors=True)
            place.mkdir()
            costs[name].append(cost(commands, place, server))
            texts[name] = read_texts(name, place / "store.db")
            if len(texts[name]) != n_pages:
                sys.exit(f"{name} stored {len(texts[name])} of {n_pages} pages:\n{(place / 'log').read_text()}")
    words = Words()
    report(server, costs, {name: words.compare(some) for name, some in texts.items()}, n_pages, n_sites)
    server.process.communicate()  # the end of its standard input is its own end


def report(server: Server, costs: dict[str, list[Cost]], stored: dict[str, tuple], n_pages: int, n_sites: int) -> None:
    print(f"{n_pages} pages of {n_sites} hosts, {server.n_bytes / 1000:.0f} kB and {server.n_words} words of story a page; "
          f"{len(costs['newsprint'])} rounds, medians, whole processes; {cpu()}, {len(os.sched_getaffinity(0))} cores")
    print(f"Python {platform.python_version()}, Scrapy {version('scrapy')}, trafilatura {version('trafilatura')}, lxml {version('lxml')}")
    print("| | pages/s | newsprint's are | without evidence | s of each round (others' CPU-s) | CPU-s | the server's | peak MiB | words stored a page: all | missing | others |")
    print("|---|---|---|---|---|---|---|---|---|---|---|")
    rates = {name: n_pages / statistics.median(one.seconds for one in some) for name, some in costs.items()}
    for name, some in costs.items():
        middle = Cost(*(statistics.median(values) for values in zip(*some)))
        rounds = " ".join(f"{one.seconds:.2f} ({one.other_cpu_seconds:.1f})" for one in some)
        n_words, n_missing, n_other = stored[name]
        print(f"| {name} | {rates[name]:.1f} | {rates['newsprint'] / rates[name]:.2f} × | "
              f"{rates['newsprint, no evidence kept'] / rates[name]:.2f} × | {rounds} | {middle.cpu_seconds:.2f} | "
              f"{middle.server_cpu_seconds:.2f} | {middle.peak_mib:.0f} | {n_words:.1f} | {n_missing:.2f} | {n_other:.2f} |")


def cpu() -> str:
    found = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    return found[1] if found else "unknown processor"


if __name__ == "__main__":
    main()
