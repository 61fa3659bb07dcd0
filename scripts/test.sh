#!/bin/sh
# All tests on SQLite, then all that open a database on PostgreSQL; fails when either did, or did not start.
# Arguments go to pytest: scripts/test.sh tests/audit -k seal
set -u
cd "$(dirname "$0")/.." || exit 1
python=.venv/bin/python
unset DATABASE_URL
failed=

echo "== SQLite"
"$python" -m pytest -n "${TEST_WORKERS:-2}" --dist loadgroup "$@" || failed="SQLite"
echo "== PostgreSQL"
# Without arguments, what never opens a database is not asked again: the source, and the parts of pages in a browser.
[ $# -gt 0 ] || set -- --ignore tests/architecture --ignore tests/ui
"$python" scripts/with_postgres.py -- "$python" -m pytest -n "${TEST_WORKERS:-2}" --dist loadgroup "$@" || failed="$failed${failed:+ and }PostgreSQL"

if [ -n "$failed" ]; then
    echo "Failed on $failed." >&2
    exit 1
fi
echo "Passed on SQLite and on PostgreSQL."
