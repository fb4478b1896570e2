"""All tables of tones against moves over a generated store, from one reading: time and memory of whole processes.

usage: analysis.py NEWSPRINT ADDRESS [ROUNDS]

The store is one of `benches/store.sh`, which holds closes of five indices; closes of five more, random walks on the same sessions, are
imported first.
"""

import csv
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

NOW = "2023-12-28T22:00:00Z"
HELD = ["RUT", "GSPC", "DJI", "IXIC", "VIX"]
ADDED = ["NDX", "SOX", "SP400", "SP600", "NYSE_COMPOSITE"]


def random_walk(index: str, sessions: list[str], folder: Path) -> Path:
    random.seed(index)
    close, path = 1000.0, folder / f"{index}.csv"
    with path.open("w") as file:
        file.write("Date,Close\n")
        for session in sessions:
            close *= 1 + random.gauss(0.0003, 0.012)
            file.write(f"{session},{close:.4f}\n")
    return path


def main(newsprint: str, address: str, rounds: str = "5") -> None:
    base = [newsprint, "--db", address, "--now", NOW, "--format", "csv"]
    listed = subprocess.run([*base, "prices", "returns", "--index", "GSPC"], capture_output=True, text=True, check=True)
    sessions = [row["date"] for row in csv.DictReader(listed.stdout.splitlines())]
    with tempfile.TemporaryDirectory() as folder:
        for index in ADDED:
            path = random_walk(index, sessions, Path(folder))
            done = subprocess.run([*base, "prices", "import", str(path), "--index", index, "--allow-jumps"], capture_output=True)
            assert done.returncode in (0, 1, 3), done.stderr.decode()
        command = [*base, "report", "all", "--folder", f"{folder}/tables"]
        command += [word for index in HELD + ADDED for word in ("--index", index)]
        for _ in range(int(rounds)):
            begun = time.perf_counter()
            process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
            shown = process.stdout.read().decode()
            _, status, usage = os.wait4(process.pid, 0)
            assert status == 0, status
            print(f"{time.perf_counter() - begun:.2f} s, {usage.ru_utime + usage.ru_stime:.1f} CPU-s, {usage.ru_maxrss / 1024:.0f} MB", flush=True)
    print(shown)


main(*sys.argv[1:])
