"""``make setup`` on machines that lack something, and the locks it installs from."""

import importlib.util
import os
import re
import subprocess

import pytest

from tests.architecture.house import ROOT


@pytest.fixture
def setup(tmp_path, monkeypatch):
    """scripts/setup.py over a folder of the test's own; nothing is installed."""
    specification = importlib.util.spec_from_file_location("setup_script", ROOT / "scripts" / "setup.py")
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    monkeypatch.setattr(module, "ROOT", tmp_path)
    monkeypatch.setattr(module, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(module, "PYTHON", tmp_path / ".venv" / "bin" / "python")
    monkeypatch.setattr(module, "STAMP", tmp_path / ".venv" / "installed-locks")
    monkeypatch.setattr(module, "VENV_OPTIONS", ["--without-pip"])
    installed = []
    monkeypatch.setattr(module, "_install", lambda lock: installed.append(lock.name))
    module.installed = installed
    return module


def test_a_second_setup_does_and_says_nothing(setup, capsys):
    setup.main("runtime")
    capsys.readouterr()

    setup.main("runtime")

    assert setup.installed == ["requirements.txt"]
    assert capsys.readouterr().out == ""


def test_the_development_lock_serves_a_run_too(setup):
    setup.main("runtime")
    setup.main("dev")
    setup.main("runtime")

    assert setup.installed == ["requirements.txt", "requirements-dev.txt"]


def test_a_changed_lock_is_installed(setup, tmp_path, monkeypatch):
    changed = tmp_path / "requirements.txt"
    changed.write_text(setup.LOCKS["runtime"].read_text())
    monkeypatch.setitem(setup.LOCKS, "runtime", changed)
    setup.main("runtime")

    changed.write_text(changed.read_text() + "\n# changed")
    setup.main("runtime")

    assert len(setup.installed) == 2


def test_an_environment_that_was_moved_is_made_anew(setup, tmp_path, monkeypatch):
    setup.main("runtime")
    (tmp_path / ".venv").rename(tmp_path / "elsewhere")
    (tmp_path / ".venv").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "elsewhere" / "bin" / "python").unlink()

    setup.main("runtime")

    assert setup.installed == ["requirements.txt", "requirements.txt"]
    assert not (tmp_path / ".venv").is_symlink()


def test_an_interrupted_installation_is_repeated(setup, monkeypatch):
    def is_cut_short(_lock):
        raise KeyboardInterrupt

    with monkeypatch.context() as context:
        context.setattr(setup, "_install", is_cut_short)
        with pytest.raises(KeyboardInterrupt):
            setup.main("runtime")

    setup.main("runtime")

    assert setup.installed == ["requirements.txt"]


def test_a_missing_venv_module_names_the_package(setup, monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)

    with pytest.raises(setup.CannotSetUp, match="apt-get install python3-venv"):
        setup.main("runtime")


def test_a_folder_that_cannot_be_written_is_named(setup, monkeypatch):
    monkeypatch.setattr(setup, "VENV", setup.Path("/proc/.venv"))
    monkeypatch.setattr(setup, "PYTHON", setup.Path("/proc/.venv/bin/python"))

    with pytest.raises(setup.CannotSetUp, match=r"/proc/\.venv cannot be written"):
        setup.main("runtime")


@pytest.fixture
def only(tmp_path):
    """Run scripts/python.sh on a machine that has these commands alone."""

    def run(**commands):
        for name, body in commands.items():
            (tmp_path / name).write_text(f"#!/bin/sh\n{body}\n")
            (tmp_path / name).chmod(0o755)
        return subprocess.run(
            ["/bin/sh", str(ROOT / "scripts" / "python.sh")],
            env={"PATH": str(tmp_path)},
            capture_output=True,
            text=True,
            check=False,
        )

    return run


def test_a_machine_without_python_is_told_what_to_install(only):
    told = only()

    assert (told.returncode, told.stdout) == (1, "")
    assert told.stderr == (
        "Python 3.11 or newer is needed and was not found. On Debian: apt-get install python3 python3-venv\n"
    )


def test_a_python_that_is_too_old_is_named(only):
    told = only(python3='case "$1" in --version) echo Python 3.9.2;; *) exit 1;; esac')

    assert (told.returncode, told.stdout) == (1, "")
    assert "this machine has Python 3.9.2" in told.stderr


def test_a_newer_python_beside_an_old_one_is_found(only, tmp_path):
    told = only(python3="exit 1", **{"python3.12": "exit 0"})

    assert told.stdout.strip() == os.fspath(tmp_path / "python3.12")


def _pins(name):
    """The pinned packages of a lock, and those of them that have a hash, as their lines stand."""
    text = (ROOT / name).read_text()
    pinned = re.findall(r"^[a-z0-9._-]+(?:\[[^]]*\])?==.*$", text, re.MULTILINE)
    hashed = re.findall(r"^([a-z0-9._-]+(?:\[[^]]*\])?==.*)\n    --hash=sha256:[0-9a-f]{64}", text, re.MULTILINE)
    return pinned, hashed, text


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_every_package_is_locked_by_hash_and_no_host_is_named(name):
    pinned, hashed, text = _pins(name)

    assert pinned == hashed != []
    assert "://" not in text


def test_what_is_tested_is_what_runs():
    runtime, _, _ = _pins("requirements.txt")
    development, _, _ = _pins("requirements-dev.txt")

    assert {line.split()[0] for line in runtime} <= {line.split()[0] for line in development}
