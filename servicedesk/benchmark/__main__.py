"""``python -m servicedesk.benchmark STEP JSON``: one step of a benchmark, inside its own surroundings."""

import json
import os
import sys
from pathlib import Path

import django

django.setup()  # models may be imported only after this

from servicedesk.management.commands.serve import web_options  # noqa: E402

from . import inside  # noqa: E402


def _tell(text: str) -> None:
    sys.stderr.write(f"{text}\n")


def main(step: str, given: str) -> None:
    details = json.loads(given)
    if step == "serve":
        os.execv(sys.executable, [sys.executable, "-m", "gunicorn", *web_options()])  # noqa: S606 - our own server
    if step == "prepare":
        answer = inside.prepare(details["scenario"], details["rows"], Path(details["folder"]), _tell)
    elif step == "sql":
        answer = inside.measure_sql(**details)
    elif step == "sync":
        answer = inside.run_sync(**details)
    else:
        answer = inside.run_job(details["scenario"], Path(details["path"]))
    sys.stdout.write(json.dumps(answer) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
