"""The browser files: fresh, as locked, small, and without anything that the policy forbids."""

import gzip
import hashlib
import json
import re
from pathlib import Path

import pytest

from scripts import bundle, vendor

ROOT = bundle.UI.parents[1]
STATIC = bundle.STATIC
HTMX = STATIC / "vendor" / "htmx.min.js"
TEMPLATES = sorted(path for path in ROOT.glob("**/templates/**/*.html") if ".venv" not in path.parts)
SPRITE_NAMES = set(re.findall(r'<symbol id="([^"]+)"', (STATIC / "vendor" / "icons.svg").read_text()))
KILOBYTE = 1024


def gzipped(*paths: Path) -> int:
    return sum(len(gzip.compress(path.read_bytes(), 6)) for path in paths)


def test_bundles_hold_what_their_parts_say():
    for path, text in bundle.bundles().items():
        assert path.read_text(encoding="utf-8") == text, f"{path} is stale: run python scripts/bundle.py"


def test_styles_stay_within_their_budget():
    assert gzipped(STATIC / "app.css") <= 20 * KILOBYTE


def test_scripts_stay_within_the_smaller_budget_of_the_portal():
    assert gzipped(HTMX, STATIC / "app.js") <= 20 * KILOBYTE


def test_vendored_files_are_the_locked_ones():
    lock = json.loads(vendor.LOCK.read_text())
    assert {package: lock[package]["version"] for package in lock} == {
        package: version for package, (version, _) in vendor.COPIED.items()
    }
    locked = {path: digest for package in lock.values() for path, digest in package["files"].items()}
    present = {str(path.relative_to(ROOT)) for folder in (vendor.VENDOR, vendor.FOR_TESTS) for path in folder.iterdir()}

    assert set(locked) == present
    for path, digest in locked.items():
        assert hashlib.sha256((ROOT / path).read_bytes()).hexdigest() == digest, path


def test_every_locked_package_names_its_licence_and_ships_its_text():
    for package in json.loads(vendor.LOCK.read_text()).values():
        assert package["licence"]
        assert package["integrity"].startswith("sha512-")
        assert any(path.endswith("LICENSE.txt") for path in package["files"])


def test_the_sprite_holds_the_listed_icons():
    assert set(vendor.icon_names()) == SPRITE_NAMES


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_template_has_only_icons_that_exist(path):
    named = re.findall(r'{% icon "([^"]+)"', path.read_text())

    assert set(named) <= SPRITE_NAMES


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_template_has_nothing_inline(path):
    text = re.sub(r"{%.*?%}|{{.*?}}", "", path.read_text())

    assert not re.search(r"\sstyle\s*=", text)
    assert not re.search(r"\son[a-z]+\s*=", text)
    assert not re.search(r"<style\b", text)
    assert not re.search(r"(javascript|data):", text)
    assert not re.search(r"hx-on|\bjs:", text)
    for script in re.findall(r"<script\b[^>]*>", text):
        assert re.search(r"\bsrc=", script)


def test_physical_directions_are_not_used_in_styles():
    # Logical properties serve right-to-left pages too.
    text = (STATIC / "app.css").read_text()

    assert not re.findall(r"(?:margin|padding|border)-(?:left|right|top|bottom)\b", text)


TOKENS = dict(
    re.findall(r"--([a-z0-9-]+): light-dark\((#[0-9a-f]{3,6}, #[0-9a-f]{3,6})\)", (STATIC / "app.css").read_text())
)


def luminance(colour: str) -> float:
    digits = colour.lstrip("#")
    digits = "".join(digit * 2 for digit in digits) if len(digits) == 3 else digits
    channels = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(
    ("front", "back", "least"),
    [
        *[("text", back, 7) for back in ("bg", "surface", "sunken", "hover", "note", "mine")],
        *[("text-2", back, 4.5) for back in ("bg", "surface", "sunken", "hover")],
        *[("text-3", back, 4.5) for back in ("bg", "surface", "sunken")],
        *[(tone, f"{tone}-soft", 4.5) for tone in ("accent", "danger", "warn", "ok", "wait")],
        *[(tone, "surface", 4.5) for tone in ("accent", "danger", "warn", "ok", "wait")],
        ("on-accent", "accent", 4.5),
        ("on-accent", "accent-strong", 4.5),
        ("on-danger", "danger", 4.5),
        ("note-text", "note", 4.5),
        ("accent", "bg", 4.5),
        ("control", "surface", 3),
        ("note-line", "note", 3),
    ],
)
def test_colours_can_be_told_apart(front, back, least, theme):
    pair = [TOKENS[name].split(", ")[theme] for name in (front, back)]

    assert contrast(*pair) >= least
