#!/usr/bin/env bash
# Time and numbers of `newsprint study ic` and `study regression` against alphalens-reloaded and statsmodels, on 20,000 rows
# made from a seed. Installs its peers into target/study-peers.
#
# usage: benches/study_peers.sh
set -euo pipefail
cd "$(dirname "$0")/.."
peers=target/study-peers
if [ ! -e "$peers/installed" ]; then
  python3 -m venv "$peers"
  "$peers/bin/pip" install --quiet --disable-pip-version-check alphalens-reloaded==0.5.1 statsmodels==0.15.0 pandas==3.1.1
  touch "$peers/installed"
fi
cargo build --release --quiet --package newsprint
exec "$peers/bin/python" benches/study_peers.py "$(realpath "${CARGO_TARGET_DIR:-target}/release/newsprint")"
