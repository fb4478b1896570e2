"""The tables theme_tags and index_tags of a store as Parquet: newsprint's whole export, against what pandas takes for the same rows.

pandas writes each table as one file with its defaults (pyarrow, snappy) from a frame that is in memory already, of the same types: categories,
UTC instants, days. What it takes to read the same rows from the store with pandas.read_sql is measured beside it (of SQLite, in a store whose revisions are all first ones).

usage: compare.py NEWSPRINT ADDRESS NOW
"""

import os
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pandas

TABLES = ["theme_tags", "index_tags"]
COMMON = """r.available_at, a.article_id, a.publisher, r.reconstructed, g.tone / 1e6 AS tone,
    (SELECT s.reaction_session FROM session_assignment s WHERE s.revision_key = r.revision_key AND s.exchange = 'XNYS'
     ORDER BY s.session_assignment_key DESC LIMIT 1) AS session,
    (SELECT e.earlier_key IS NOT NULL FROM lineage_edge e WHERE e.article_key = r.article_key ORDER BY e.lineage_edge_key DESC LIMIT 1) AS is_echo"""
FROM = "JOIN tagging t USING (tagging_key) JOIN revision r USING (revision_key) JOIN article a USING (article_key) ORDER BY r.available_at, a.article_id"
SQL = {
    "theme_tags": f"""SELECT {COMMON}, a.address, g.theme, g.salience / 1e6 AS salience, g.stance / 1e6 AS stance, g.retrospective
        FROM theme_tag g {FROM}, g.theme""",
    "index_tags": f'SELECT {COMMON}, g.index_id AS "index" FROM index_tag g {FROM}, g.index_id',
}


def size(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*.parquet"))


def export(newsprint: str, address: str, now: str, folder: Path) -> None:
    begun, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    tables = [word for table in TABLES for word in ["--table", table]]
    subprocess.run([newsprint, "--db", address, "--now", now, "export", "--to", folder, *tables], check=True)
    spent, after = time.perf_counter() - begun, resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    print(f"newsprint, from the store: {spent:.1f} s ({cpu:.1f} s of processors), {size(folder) / 1e6:.1f} MB, at most {after.ru_maxrss / 1024:.0f} MB of memory")


def written(folder: Path, target: Path) -> None:
    total, rows = 0.0, 0
    for table in TABLES:
        frame = pandas.read_parquet(folder / table).drop(columns="year")
        rows += len(frame)
        begun = time.perf_counter()
        frame.to_parquet(target / f"{table}.parquet", index=False)
        total += time.perf_counter() - begun
    print(f"pandas, to_parquet of {rows} rows in memory: {total:.1f} s, {size(target) / 1e6:.1f} MB")


def from_store(file: str, target: Path) -> None:
    begun, rows = time.perf_counter(), 0
    for table in TABLES:
        with sqlite3.connect(f"file:{file}?mode=ro", uri=True) as connection:
            frame = pandas.read_sql(SQL[table], connection)
        rows += len(frame)
        frame["available_at"] = pandas.to_datetime(frame["available_at"], unit="us", utc=True)
        frame["session"] = pandas.to_datetime(frame["session"]).dt.date
        for column in {"publisher", "theme", "index"} & set(frame.columns):
            frame[column] = frame[column].astype("category")
        frame.to_parquet(target / f"sql_{table}.parquet", index=False)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"pandas, read_sql and to_parquet of {rows} rows: {time.perf_counter() - begun:.1f} s, at most {memory:.0f} MB of memory")


def main(newsprint: str, address: str, now: str) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        folder, target = Path(scratch, "export"), Path(scratch, "pandas")
        os.mkdir(target)
        export(newsprint, address, now, folder)
        written(folder, target)
        if address.startswith("sqlite:"):
            from_store(address.removeprefix("sqlite:"), target)


main(*sys.argv[1:])
