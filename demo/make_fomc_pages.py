"""Write one small web page per FOMC statement.

Usage: python demo/make_fomc_pages.py STATEMENTS.csv demo/pages/fomc

STATEMENTS.csv has the columns date,text,url (US government text, public
domain). Each page's words are the statement's own, only divided into
paragraphs, with characters repaired that the source decoded wrongly (UTF-8
read as Latin-1) and without the page furniture it kept at the end of some. The
source gives no time of release, so the pages give none.
"""

import csv
import re
import sys
from collections import Counter
from datetime import date
from html import escape
from pathlib import Path

EXPECTED_PAGES = 179
SENTENCES_PER_PARAGRAPH = 4
# A space after a full stop, but not after an initial, "U.S.", "St." or a title.
SENTENCE_END = re.compile(
    r"(?<=[.!?]) (?=[A-Z0-9])(?<![ .(][A-Z]\. )(?<!\b(?:St|Mr|Ms|Dr|Jr)\. )"
)

PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Federal Reserve Board - FOMC statement, {day}</title>
<meta name="description" content="Statement of the Federal Open Market Committee, {day}">
<link rel="canonical" href="{url}">
<meta property="og:type" content="article">
<meta property="og:title" content="FOMC statement, {day}">
<meta property="og:site_name" content="Board of Governors of the Federal Reserve System">
<meta property="article:published_time" content="{iso}">
</head>
<body>
<header>
<a href="https://www.federalreserve.gov/">Board of Governors of the Federal Reserve System</a>
<nav>
<ul>
<li><a href="https://www.federalreserve.gov/aboutthefed.htm">About the Fed</a></li>
<li><a href="https://www.federalreserve.gov/newsevents.htm">News &amp; Events</a></li>
<li><a href="https://www.federalreserve.gov/monetarypolicy.htm">Monetary Policy</a></li>
<li><a href="https://www.federalreserve.gov/data.htm">Data</a></li>
</ul>
</nav>
</header>
<main>
<article>
<h1>FOMC statement, {day}</h1>
<p><time datetime="{iso}">{day}</time></p>
{paragraphs}
</article>
</main>
<footer>
<ul>
<li><a href="https://www.federalreserve.gov/accessibility.htm">Accessibility</a></li>
<li><a href="https://www.federalreserve.gov/contactus.htm">Contact</a></li>
<li><a href="https://www.federalreserve.gov/disclaimer.htm">Disclaimer</a></li>
</ul>
</footer>
</body>
</html>
"""

MISREAD = re.compile("[\x80-\xff]{2,3}")
FURNITURE = re.compile(r"\s*\d{4} Monetary policy Home \|.*$")


def repaired(text):
    """`text` as published: characters decoded as UTF-8, site furniture cut."""
    decoded = MISREAD.sub(lambda bytes_: bytes_[0].encode("latin-1").decode(), text)
    return FURNITURE.sub("", decoded)


def paragraphs(text):
    """`text` in paragraphs of a few sentences, as equal in length as can be."""
    sentences = SENTENCE_END.split(text)
    count = -(-len(sentences) // SENTENCES_PER_PARAGRAPH)
    cuts = [len(sentences) * n // count for n in range(count + 1)]
    parts = [" ".join(sentences[a:b]) for a, b in zip(cuts, cuts[1:])]
    assert " ".join(parts) == text
    return parts


def page(row):
    """The page of one statement."""
    day = date.fromisoformat(row["date"])
    return PAGE.format(
        iso=day,
        day=f"{day:%B} {day.day}, {day.year}",
        url=escape(row["url"]),
        paragraphs="\n".join(
            f"<p>{escape(part, quote=False)}</p>" for part in paragraphs(repaired(row["text"]))
        ),
    )


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    folder = Path(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    with open(sys.argv[1], encoding="utf-8", newline="") as source:
        rows = list(csv.DictReader(source))
    seen = Counter()
    for row in rows:
        seen[row["date"]] += 1
        suffix = f"-{seen[row['date']]}" if seen[row["date"]] > 1 else ""
        path = folder / f"{row['date']}{suffix}.html"
        path.write_text(page(row), encoding="utf-8", newline="\n")
    written = len(list(folder.glob("*.html")))
    print(f"{written} pages in {folder}")
    if written != EXPECTED_PAGES:
        sys.exit(f"expected {EXPECTED_PAGES} pages")


if __name__ == "__main__":
    main()
