#!/usr/bin/env python3
"""Run a command against a throwaway PostgreSQL: ``with_postgres.py -- pytest …``.

The cluster lives in a temporary folder, listens on a free loopback port and is gone when the
command ends, whichever way. The command finds it in ``DATABASE_URL``. The exit code is the
command's own, or 1 with one sentence when the server cannot be had.
"""

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.servers.postgres import Postgres
from tests.servers.processes import CannotStart, run_and_wait


def main(arguments: list[str]) -> int:
    command = arguments[1:] if arguments[:1] == ["--"] else arguments
    if not command:
        print("Name a command: with_postgres.py -- COMMAND …", file=sys.stderr)
        return 2
    try:
        with Postgres() as server:
            print(f"{server.version} answers on 127.0.0.1:{server.port}.", flush=True)
            return run_and_wait(command, env={**os.environ, "DATABASE_URL": server.url})
    except (CannotStart, FileNotFoundError) as error:
        print(f"with_postgres: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
