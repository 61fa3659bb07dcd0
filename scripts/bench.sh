#!/bin/sh
# Figures on generated data, in a folder of their own: scripts/bench.sh ROWS
set -eu
cd "$(dirname "$0")/.."
DATA_DIR=$(mktemp -d)
export DATA_DIR
trap 'rm -rf "$DATA_DIR"' EXIT INT TERM
for scenario in assets impact import move queue verify-log sync; do
    .venv/bin/python manage.py benchmark "$scenario" --rows "$1"
done
.venv/bin/python manage.py benchmark leaver --rows 100
