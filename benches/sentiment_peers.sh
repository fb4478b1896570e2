#!/usr/bin/env bash
# Sentences per CPU-second, cold start and memory of newsprint's model against onnxruntime running an fp32 MiniLM-L6 of the
# same task, on the same sentences in the same run, one thread each. Installs its peers into target/peers.
#
# usage: benches/sentiment_peers.sh [SENTENCES.txt]   (one sentence a line; default: the sentences of the demo's statements)
set -euo pipefail
[ $# -eq 0 ] || set -- "$(realpath "$1")"
cd "$(dirname "$0")/.."
peers=target/peers
if [ ! -e "$peers/installed" ]; then
  python3 -m venv "$peers"
  "$peers/bin/pip" install --quiet --disable-pip-version-check -r training/requirements.txt
  touch "$peers/installed"
fi
cargo build --release --quiet
exec "$peers/bin/python" benches/sentiment_peers.py "${CARGO_TARGET_DIR:-target}/release/newsprint" "$peers" "$@"
