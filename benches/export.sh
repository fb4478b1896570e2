#!/usr/bin/env bash
# Tags of a store as Parquet, written by newsprint and, of the same rows, by pandas: size, time and memory.
#
# usage: benches/export.sh [ADDRESS [NOW]]
#   ADDRESS  of a store, as benches/store.sh makes one [default: sqlite:target/store_bench/news.db]
#   NOW      the instant to export as of               [default: 2023-12-28T22:00:00Z]
set -euo pipefail
cd "$(dirname "$0")/.."
address=${1:-sqlite:target/store_bench/news.db}
tools=target/tools/peers
[ -x "$tools/bin/python" ] || { python3 -m venv "$tools" && "$tools/bin/pip" install --quiet pandas pyarrow polars duckdb; }
cargo build --release --quiet -p newsprint
exec "$tools/bin/python" benches/export/compare.py "${CARGO_TARGET_DIR:-target}/release/newsprint" "$address" "${2:-2023-12-28T22:00:00Z}"
