#!/bin/sh
# Every static check, each one run even when an earlier one failed.
set -u
cd "$(dirname "$0")/.." || exit 1
bin=.venv/bin
failed=

check() {
    name=$1
    shift
    echo "== $name"
    "$@" || failed="$failed${failed:+, }$name"
}

# A folder of its own for what the checks write, and settings that read nothing from this shell.
scratch=$(mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT INT TERM
unset DATABASE_URL

check "ruff" "$bin/ruff" check .
check "ruff format" "$bin/ruff" format --check .
check "mypy" "$bin/mypy"
check "templates" "$bin/djlint" --quiet --lint servicedesk directory kb assets incidents
check "layers" "$bin/lint-imports"
check "migrations" env DJANGO_SETTINGS_MODULE=tests.settings "$bin/python" manage.py makemigrations --check --dry-run
check "deployment" env -i PATH="$PATH" ENVIRONMENT=production DATA_DIR="$scratch" \
    SECRET_KEY="$("$bin/python" -c 'import secrets; print(secrets.token_urlsafe(50))')" \
    ALLOWED_HOSTS=desk.example.com BASE_URL=https://desk.example.com \
    "$bin/python" manage.py check --deploy --fail-level WARNING

if [ -n "$failed" ]; then
    echo "Failed: $failed." >&2
    exit 1
fi
echo "All static checks passed."
