"""Write the exchange calendar tables: XNYS, XASX, XLON, XTKS and XHKG.csv.

Usage:
    python -m venv venv && venv/bin/pip install exchange_calendars==4.13.2
    venv/bin/python scripts/make_calendars.py config/calendars
    venv/bin/python scripts/make_calendars.py --digest tests/fixtures/session_digests.csv

The second form writes a digest of the package's own sessions by exchange and
year, which a test holds the sessions that newsprint makes of the tables to.

Lunch breaks (XTKS, XHKG) are left out: they change neither open nor close.

Every time in the tables is local to the exchange's own time zone.
The rows, as kind,date,value:
    zone         the IANA time zone (no date)
    span         first and last day the table answers for
    hours        regular open-close in force from that day on
    closure      a weekday without trading (weekends never trade)
    early_close  a day's close where it is not the regular one
    late_open    a day's open where it is not the regular one
"""

import hashlib
import sys
from datetime import date, timedelta
from importlib.metadata import version
from pathlib import Path

import exchange_calendars

SPANS = {
    "XNYS": (date(1970, 1, 1), date(2027, 12, 31)),
    "XASX": (date(1990, 1, 1), date(2027, 12, 31)),
    "XLON": (date(1990, 1, 1), date(2027, 12, 31)),
    "XTKS": (date(2000, 1, 1), date(2027, 12, 31)),
    "XHKG": (date(1990, 1, 1), date(2027, 12, 31)),
}
TITLES = {
    "XNYS": "New York Stock Exchange",
    "XASX": "Australian Securities Exchange",
    "XLON": "London Stock Exchange",
    "XTKS": "Tokyo Stock Exchange",
    "XHKG": "Hong Kong Stock Exchange",
}
NOTES = {
    "XNYS": [
        "The source gives 09:30-16:00 for every year; the exchange in fact",
        "opened at 10:00 before 1985-09-30 and closed at 15:30 before 1974-10-01.",
    ],
    "XASX": ["The source gives 10:00-16:00 always and no early close before 2010."],
    "XLON": [
        "The source gives 08:00-16:30 for every year; the exchange in fact opened",
        "at 08:30 or 09:00 before 1999-09-20.",
    ],
    "XTKS": [
        "The lunch break is left out: it changes no open or close. The source has no",
        "half days; the first and the last session of a year were such until 2009.",
    ],
    "XHKG": [
        "The lunch break is left out: it changes no open or close. The source has",
        "the days without trading for a typhoon up to 2021 as closures, and none of",
        "the sessions that one shortened; it has 2023-09-01 and 2023-09-08, on which",
        "typhoon and rain kept the exchange closed, as sessions.",
    ],
}


def hours_rows(calendar, first):
    """(day, open, close) for each change of regular hours, from `first` on."""
    opens = {since or date.min: at for since, at in as_dates(calendar.open_times)}
    closes = {since or date.min: at for since, at in as_dates(calendar.close_times)}
    days = {max(day, first) for day in [*opens, *closes]}
    return [(day, in_force(opens, day), in_force(closes, day)) for day in sorted(days)]


def as_dates(times):
    """The package's (Timestamp or None, time) pairs with plain dates."""
    return [(since and since.date(), at) for since, at in times]


def in_force(times, day):
    """The local time as HH:MM that `times` (start day -> time) gives for `day`."""
    return times[max(since for since in times if since <= day)].strftime("%H:%M")


def trading_days(calendar):
    """Every trading day -> its local (open, close) as HH:MM."""
    schedule = calendar.schedule
    opens = schedule["open"].dt.tz_convert(calendar.tz).dt.strftime("%H:%M")
    closes = schedule["close"].dt.tz_convert(calendar.tz).dt.strftime("%H:%M")
    return {day.date(): hours for day, *hours in zip(schedule.index, opens, closes)}


def weekdays(first, last):
    """Monday to Friday, from `first` to `last`, both included."""
    days = (first + timedelta(n) for n in range((last - first).days + 1))
    return [day for day in days if day.weekday() < 5]


def special_rows(traded, hours):
    """The early_close rows and the late_open rows."""
    early, late = [], []
    for day, (opens, closes) in traded.items():
        _, regular_open, regular_close = [row for row in hours if row[0] <= day][-1]
        if closes != regular_close:
            early.append(f"early_close,{day},{closes}")
        if opens != regular_open:
            late.append(f"late_open,{day},{opens}")
    return early + late


def table(name):
    """The whole text of one exchange's table."""
    first, last = SPANS[name]
    calendar = exchange_calendars.get_calendar(name, start=str(first), end=str(last))
    traded = trading_days(calendar)
    if any(day.weekday() >= 5 for day in traded):
        sys.exit(f"{name} traded on a weekend, which the tables cannot say")
    hours = hours_rows(calendar, first)
    lines = [
        f"# {TITLES[name]} ({name}): trading days and local trading hours.",
        f"# Source: exchange_calendars {version('exchange_calendars')} (Apache-2.0).",
        "# Regenerate with scripts/make_calendars.py, which describes the rows.",
        *(f"# {note}" for note in NOTES[name]),
        "kind,date,value",
        f"zone,,{calendar.tz.key}",
        f"span,{first},{last}",
    ]
    lines += [f"hours,{day},{opens}-{closes}" for day, opens, closes in hours]
    lines += [f"closure,{day}," for day in weekdays(first, last) if day not in traded]
    lines += special_rows(traded, hours)
    return "\n".join(lines) + "\n"


def digests():
    """Rows of exchange, year, number of sessions, and the SHA-256 of their lines "date open close", in UTC."""
    rows = []
    for name, (first, last) in SPANS.items():
        calendar = exchange_calendars.get_calendar(name, start=str(first), end=str(last))
        by_year = {}
        for session, at in calendar.schedule.iterrows():
            instants = [at[which].strftime("%Y-%m-%dT%H:%M:%SZ") for which in ("open", "close")]
            by_year.setdefault(session.year, []).append(f"{session.date()} {' '.join(instants)}\n")
        for year, lines in by_year.items():
            digest = hashlib.sha256("".join(lines).encode()).hexdigest()
            rows.append(f"{name},{year},{len(lines)},{digest}")
    source = f"exchange_calendars {version('exchange_calendars')} (Apache-2.0)"
    head = f"# Written by scripts/make_calendars.py --digest, of {source}.\nexchange,year,sessions,sha256"
    return "\n".join([head, *rows]) + "\n"


def main():
    if sys.argv[1:2] == ["--digest"] and len(sys.argv) == 3:
        Path(sys.argv[2]).write_text(digests(), encoding="utf-8", newline="\n")
        return
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for name in SPANS:
        text = table(name)
        (folder / f"{name}.csv").write_text(text, encoding="utf-8", newline="\n")
        print(f"{name}.csv: {len(text.splitlines())} lines")


if __name__ == "__main__":
    main()
