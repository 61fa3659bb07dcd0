"""Make or refresh ``.venv`` from a hashed lock: ``setup.py runtime`` or ``setup.py dev``.

Standard library only, run by the machine's own Python. Says nothing when nothing changed. uv is
used when it is there and never needed.
"""

import fcntl
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "installed-locks"
VENV_OPTIONS: list[str] = []
LOCKS = {"runtime": ROOT / "requirements.txt", "dev": ROOT / "requirements-dev.txt"}


class CannotSetUp(Exception):
    """Why, and the next step, in one sentence."""


def main(kind: str) -> None:
    try:
        with _only_one_at_a_time():
            if not _works():
                _make_venv()
            installed = STAMP.read_text(encoding="ascii").split() if STAMP.exists() else []
            if _digest(kind) not in installed:
                print(f"Installing the packages of {LOCKS[kind].name} into .venv.", flush=True)
                STAMP.unlink(missing_ok=True)
                _install(LOCKS[kind])
                # The development lock holds the runtime lock whole.
                STAMP.write_text("\n".join(_digest(name) for name in ("runtime", kind)), encoding="ascii")
    except OSError as error:
        if isinstance(error, BlockingIOError) or error.filename is None:
            raise
        raise CannotSetUp(
            f"{error.filename} cannot be written ({error.strerror}). Clone the project into a folder of your own."
        ) from error


def _digest(kind: str) -> str:
    return hashlib.sha256(LOCKS[kind].read_bytes()).hexdigest()


class _only_one_at_a_time:
    """``make run`` and ``make test`` may be started side by side: the second one waits here."""

    def __enter__(self) -> None:
        self.descriptor = os.open(ROOT, os.O_RDONLY)
        fcntl.flock(self.descriptor, fcntl.LOCK_EX)

    def __exit__(self, *_error: object) -> None:
        os.close(self.descriptor)


def _works() -> bool:
    """Whether ``.venv`` is whole and was made in this place; a moved or half made one is not."""
    if not PYTHON.exists():
        return False
    asked = [str(PYTHON), "-c", "import sys; print(sys.prefix, sys.version_info >= (3, 11))"]
    answer = subprocess.run(asked, capture_output=True, text=True, check=False)
    return answer.stdout.strip() == f"{VENV} True"


def _make_venv() -> None:
    ensurepip = importlib.util.find_spec("ensurepip")
    if ensurepip is None or ensurepip.origin is None:  # absent, or an empty folder that is left of it
        raise CannotSetUp("Python's venv module is incomplete. On Debian: apt-get install python3-venv")
    if VENV.is_symlink():
        VENV.unlink()
    elif VENV.exists():
        shutil.rmtree(VENV)
    VENV.mkdir()  # says more plainly than venv why it cannot be made
    print(f"Making .venv with Python {sys.version.split()[0]}.", flush=True)
    made = subprocess.run(
        [sys.executable, "-m", "venv", *VENV_OPTIONS, str(VENV)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if made.returncode:
        shutil.rmtree(VENV, ignore_errors=True)
        raise CannotSetUp(f"No environment could be made in {VENV}: {_telling_line(made.stdout)}")


def _install(lock: Path) -> None:
    uv = shutil.which("uv")
    by_pip = [str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"]
    tries = [[uv, "pip", "install", "--quiet", "--python", str(PYTHON)]] if uv else []
    said = ""
    for command in [*tries, by_pip]:
        done = subprocess.run(
            [*command, "--require-hashes", "--requirement", str(lock)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        if done.returncode == 0:
            return
        said = done.stdout
    raise CannotSetUp(
        f"The packages could not be installed: {_telling_line(said)} "
        "Check the network, or name a mirror in PIP_INDEX_URL, and try again."
    )


def _telling_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    errors = [line for line in lines if line.lower().startswith("error")]
    return (errors or lines or ["no reason was given."])[-1]


if __name__ == "__main__":
    if sys.argv[1:] not in (["runtime"], ["dev"]):
        sys.exit("usage: setup.py runtime|dev")
    try:
        main(sys.argv[1])
    except CannotSetUp as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit(130)
