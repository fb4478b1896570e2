#!/usr/bin/env bash
# A store of many articles, made by a generator: rows of tags written in a second with their sums, one article more, and how long tables
# take, each as a whole process.
#
# usage: benches/store.sh [ARTICLES [ADDRESS [ROUNDS]]]
#   ARTICLES  of the store              [default: 1000000; 10 GB]
#   ADDRESS   sqlite:FILE or postgres:… [default: sqlite:target/store_bench/news.db]; it must be empty
#   ROUNDS    how often each table      [default: 20]
set -euo pipefail
cd "$(dirname "$0")/.."
mkdir -p target/store_bench
address=${2:-sqlite:target/store_bench/news.db}
cargo build --release --quiet -p newsprint
cargo build --release --quiet -p newsprint-tests --example million_articles
target=${CARGO_TARGET_DIR:-target}/release
"$target/examples/million_articles" "$address" "${1:-1000000}"
exec python3 benches/store/tables.py "$target/newsprint" "$address" "${3:-20}"
