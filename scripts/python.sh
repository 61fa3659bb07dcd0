#!/bin/sh
# Print the first Python 3.11 or newer on this machine; one sentence and exit 1 when there is none.
for python in ${PYTHON:+"$PYTHON"} python3 python3.14 python3.13 python3.12 python3.11; do
    if command -v "$python" >/dev/null 2>&1 &&
        "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then
        command -v "$python"
        exit 0
    fi
done
if command -v python3 >/dev/null 2>&1; then
    echo "Python 3.11 or newer is needed, and this machine has $(python3 --version 2>&1). Install a newer one, or name it: make PYTHON=/path/to/python3 ..." >&2
else
    echo "Python 3.11 or newer is needed and was not found. On Debian: apt-get install python3 python3-venv" >&2
fi
exit 1
