#!/usr/bin/env bash
# What the learned layer of themes costs: a shipped model as it is, and the same with its themes taken out of the card, interleaved.
#
# usage: benches/learned_layer.sh SENTENCES.txt [MODEL]
#   SENTENCES.txt  one sentence a line
#   MODEL          full or permissive [default: full]
set -euo pipefail
sentences=$(realpath "$1")
model=${2:-full}
cd "$(dirname "$0")/.."
folder=$(mktemp -d)
trap 'rm -r "$folder"' EXIT
cp -r "models/$model" "$folder/without"
python3 - "$folder/without/card.json" <<'EOF'
import json, sys
card = json.load(open(sys.argv[1]))
card["themes"] = []
json.dump(card, open(sys.argv[1], "w"))
EOF
cargo run --release --quiet -p newsprint-nlp --example sentiment_speed -- "$sentences" "./models/$model" "$folder/without"
