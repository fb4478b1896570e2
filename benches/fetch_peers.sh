#!/usr/bin/env bash
# Pages per second on two cores, fetched, parsed and stored: `newsprint fetch`, evidence kept, against Scrapy with trafilatura
# and SQLite, in turn, over the same feeds of a server on this machine (127.0.0.1 and the addresses after it; Linux has them all).
# Installs Scrapy and trafilatura into target/fetch_peers.
#
# usage: benches/fetch_peers.sh [NEWSPRINT [SITES [STORIES [ROUNDS]]]]
#   NEWSPRINT  the binary          [default: a release build of this tree]
#   SITES      hosts               [default: 10]
#   STORIES    pages of each host  [default: 100]
#   ROUNDS     how often each      [default: 3]
set -euo pipefail
newsprint=${1:+$(realpath "$1")}
cd "$(dirname "$0")/.."
peers=target/fetch_peers
if [ ! -e "$peers/installed" ]; then
  python3 -m venv "$peers"
  "$peers/bin/pip" install --quiet --disable-pip-version-check scrapy==2.19.0 trafilatura==2.3.1 lxml_html_clean==0.4.6
  touch "$peers/installed"
fi
if [ -z "$newsprint" ]; then
  cargo build --release --quiet -p newsprint
  newsprint=$(realpath "${CARGO_TARGET_DIR:-target}/release/newsprint")
fi
rustc -O --edition 2024 -o "$peers/serve" benches/fetch_peers/serve.rs
exec "$peers/bin/python" benches/fetch_peers/compare.py "$newsprint" "$peers/serve" "$peers/work" "${2:-10}" "${3:-100}" "${4:-3}"
