"""Cut daily index levels down to date and close, from 2000 on.

Usage: python demo/make_prices.py PRICES_DIR demo/prices

PRICES_DIR has one NAME.csv per series, with at least the columns date and
close. Rows without a close are dropped; numbers keep their text as it was.
DGS10, a Treasury yield, is written the way FRED lays its files out.
"""

import csv
import sys
from datetime import date
from pathlib import Path

FIRST_DAY = "2000-01-01"
HEADERS = {
    "RUT": "Date,Close",
    "GSPC": "Date,Close",
    "IXIC": "Date,Close",
    "DJI": "Date,Close",
    "VIX": "Date,Close",
    "DGS10": "observation_date,DGS10",
}


def closes(path):
    """The (date, close) rows from the first day on, as text."""
    with open(path, encoding="utf-8", newline="") as source:
        rows = [(row["date"], row["close"]) for row in csv.DictReader(source)]
    return [(day, close) for day, close in rows if day >= FIRST_DAY and close]


def check(name, rows):
    """Stop unless dates strictly increase and every close is positive."""
    days = [date.fromisoformat(day) for day, _ in rows]
    for before, after in zip(days, days[1:]):
        if after <= before:
            sys.exit(f"{name}: {after} follows {before}")
    for day, close in rows:
        if not 0 < float(close) < float("inf"):
            sys.exit(f"{name}: close {close} on {day}")


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    source, target = Path(sys.argv[1]), Path(sys.argv[2])
    target.mkdir(parents=True, exist_ok=True)
    for name, header in HEADERS.items():
        rows = closes(source / f"{name}.csv")
        check(name, rows)
        lines = [header] + [f"{day},{close}" for day, close in rows]
        text = "\n".join(lines) + "\n"
        (target / f"{name}.csv").write_text(text, encoding="utf-8", newline="\n")
        print(f"{name}: {len(rows)} rows, {rows[0][0]} to {rows[-1][0]}")


if __name__ == "__main__":
    main()
