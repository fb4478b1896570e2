"""How long tables take over a generated store: median, 95th percentile and rows of whole processes.

usage: tables.py NEWSPRINT ADDRESS [ROUNDS]
"""

import subprocess
import sys
import time

NOW = "2023-12-28T22:00:00Z"
PAST = "2015-06-30T15:30:00Z"
RUN = ["--run", "first"]
PAIR = ["--theme", "inflation", "--index", "GSPC"]
MONTH = ["--from", "2023-06-01", "--to", "2023-06-30"]
TABLES = {
    "theme-day, a theme and an index, 20 years": ["theme-day", *PAIR],
    "theme-day, a month of all themes and indices": ["theme-day", *MONTH],
    "returns, a theme and an index, 20 years": ["returns", *PAIR, "--draws", "0"],
    "the same with 1,000 draws": ["returns", *PAIR],
    "coverage, the last day": ["coverage"],
    "theme-day as of 2015": ["theme-day", *PAIR, "--as-of", PAST],
    "theme-day, all, as of 2015, a month": ["theme-day", "--from", "2015-06-01", "--to", "2015-06-30", "--as-of", PAST],
    "returns as of 2015": ["returns", *PAIR, "--as-of", PAST],
    "coverage as of 2015": ["coverage", "--as-of", PAST],
    "theme-day, of a run by name": ["theme-day", *PAIR, *RUN],
    "returns, of a run by name": ["returns", *PAIR, *RUN],
}


def main(newsprint: str, address: str, rounds: str = "20") -> None:
    base = [newsprint, "--db", address, "--now", NOW, "--format", "csv"]
    listed = subprocess.run([*base, "runs", "list"], capture_output=True, text=True, check=True)
    run = listed.stdout.splitlines()[1].split(",")[0]
    print("| table | rows | median | p95 |\n|---|---|---|---|")
    for name, arguments in TABLES.items():
        command = [*base, "report", *[run if word == "first" else word for word in arguments]]
        times, rows = [], 0
        for _ in range(int(rounds)):
            begun = time.perf_counter()
            done = subprocess.run(command, capture_output=True, check=True)
            times.append(time.perf_counter() - begun)
            rows = done.stdout.count(b"\n") - 1
        times.sort()
        p95 = times[min(len(times) - 1, int(len(times) * 0.95))]
        print(f"| {name} | {rows} | {times[len(times) // 2] * 1e3:.0f} ms | {p95 * 1e3:.0f} ms |", flush=True)


main(*sys.argv[1:])
