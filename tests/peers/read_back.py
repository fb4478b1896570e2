"""Reads an export of the demo with pandas, polars and duckdb, and checks rows, types and comments against its manifest and dictionary.

usage: read_back.py EXPORT
"""

import json
import sys
from pathlib import Path

import duckdb
import pandas
import polars
import pyarrow.parquet

ARROW = {
    "string": "string",
    "dictionary<int32, string>": "dictionary<values=string, indices=int32, ordered=0>",
    "int64": "int64",
    "float64": "double",
    "bool": "bool",
    "date32": "date32[day]",
    "timestamp[us, UTC]": "timestamp[us, tz=UTC]",
}
POLARS = {
    "string": polars.String,
    "dictionary<int32, string>": polars.Categorical,
    "int64": polars.Int64,
    "float64": polars.Float64,
    "bool": polars.Boolean,
    "date32": polars.Date,
    "timestamp[us, UTC]": polars.Datetime("us", "UTC"),
}
DUCKDB = {
    "string": "VARCHAR",
    "dictionary<int32, string>": "VARCHAR",
    "int64": "BIGINT",
    "float64": "DOUBLE",
    "bool": "BOOLEAN",
    "date32": "DATE",
    "timestamp[us, UTC]": "TIMESTAMP WITH TIME ZONE",
}


def same(what, found, expected):
    if found != expected:
        raise SystemExit(f"{what}: {found!r}, not {expected!r}")


def check_pandas(table, files, rows):
    frames = [pandas.read_parquet(file) for file in files]
    same(f"pandas, rows of {table['name']}", sum(map(len, frames)), rows)
    types = frames[0].dtypes
    for column in table["columns"]:
        name = f"pandas, {table['name']}.{column['name']}"
        found = str(types[column["name"]])
        if column["type"].startswith("dictionary"):
            same(name, found, "category")
        if column["type"].startswith("timestamp"):
            same(name, found, "datetime64[us, UTC]")
    for file in files:
        schema = pyarrow.parquet.read_schema(file)
        same(f"pyarrow, schema version of {file}", schema.metadata[b"newsprint:schema_version"], b"1")
        for field, column in zip(schema, table["columns"], strict=True):
            name = f"pyarrow, {table['name']}.{column['name']}"
            same(name, (field.name, str(field.type)), (column["name"], ARROW[column["type"]]))
            same(f"{name}, comment", field.metadata[b"comment"].decode(), column["meaning"])


def check_polars(table, files, rows):
    frame = polars.concat([polars.read_parquet(file, hive_partitioning=False) for file in files])
    same(f"polars, rows of {table['name']}", frame.height, rows)
    expected = {column["name"]: POLARS[column["type"]] for column in table["columns"]}
    same(f"polars, types of {table['name']}", dict(frame.schema), expected)
    metadata = polars.read_parquet_metadata(files[0])
    for column in table["columns"]:
        same(f"polars, comment of {column['name']}", metadata[f"comment:{column['name']}"], column["meaning"])


def check_duckdb(table, files, rows):
    read = f"read_parquet({[str(file) for file in files]!r}, hive_partitioning = false)"
    same(f"duckdb, rows of {table['name']}", duckdb.sql(f"SELECT count(*) FROM {read}").fetchall()[0][0], rows)
    described = {row[0]: row[1] for row in duckdb.sql(f"DESCRIBE SELECT * FROM {read}").fetchall()}
    same(f"duckdb, types of {table['name']}", described, {column["name"]: DUCKDB[column["type"]] for column in table["columns"]})
    pairs = duckdb.sql(f"SELECT decode(key), decode(value) FROM parquet_kv_metadata('{files[0]}')").fetchall()
    for column in table["columns"]:
        same(f"duckdb, comment of {column['name']}", dict(pairs)[f"comment:{column['name']}"], column["meaning"])


def check_values(export):
    """The same rows through each of them, against the CSV files of the export."""
    expected = pandas.concat([pandas.read_csv(file) for file in sorted(export.glob("csv/theme_tags/*/*.csv"))], ignore_index=True)
    files = sorted(export.glob("theme_tags/*/*.parquet"))
    by_pandas = pandas.concat([pandas.read_parquet(file) for file in files], ignore_index=True)
    by_polars = polars.concat([polars.read_parquet(file, hive_partitioning=False) for file in files])
    by_duckdb = duckdb.sql(f"SELECT article_id, theme::VARCHAR, tone, epoch_us(available_at) FROM read_parquet({[str(file) for file in files]!r})").fetchall()
    wanted = list(zip(
        expected["article_id"], expected["theme"], expected["tone"],
        pandas.to_datetime(expected["available_at"], utc=True).astype("datetime64[us, UTC]").astype("int64"), strict=True,
    ))
    for name, found in {
        "pandas": list(zip(by_pandas["article_id"], by_pandas["theme"], by_pandas["tone"], by_pandas["available_at"].astype("int64"), strict=True)),
        "polars": by_polars.select("article_id", polars.col("theme").cast(polars.String), "tone", polars.col("available_at").dt.epoch("us")).rows(),
        "duckdb": by_duckdb,
    }.items():
        same(f"{name}, rows of theme_tags", len(found), len(wanted))
        for one, other in zip(sorted(found), sorted(wanted), strict=True):
            same(f"{name}, a row of theme_tags", tuple(one), tuple(other))


def main(folder):
    export = Path(folder)
    manifest = json.loads((export / "manifest.json").read_text())
    dictionary = json.loads((export / "data_dictionary.json").read_text())
    for table in dictionary["tables"]:
        entries = [file for file in manifest["files"] if file["table"] == table["name"] and file["path"].endswith(".parquet")]
        files, rows = [export / file["path"] for file in entries], sum(file["rows"] for file in entries)
        for check in [check_pandas, check_polars, check_duckdb]:
            check(table, files, rows)
    check_values(export)
    print(f"{len(dictionary['tables'])} tables read back by pandas {pandas.__version__}, polars {polars.__version__}, duckdb {duckdb.__version__}")


main(*sys.argv[1:])
