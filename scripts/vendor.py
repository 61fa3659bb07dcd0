#!/usr/bin/env python3
"""Refresh the browser files that come from npm, and write ``vendor.lock.json``.

Run it by hand after changing a version below or ``servicedesk/ui/icons.txt``; it needs npm. Nothing of
Node is needed to run or to test the product: the results are committed.
"""

import base64
import hashlib
import json
import re
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
UI = ROOT / "servicedesk" / "ui"
VENDOR = UI / "static" / "ui" / "vendor"
FOR_TESTS = ROOT / "tests" / "ui" / "vendor"
LOCK = ROOT / "vendor.lock.json"

# package → (version, {file in the package: where it goes})
COPIED = {
    "htmx.org": ("4.0.1", {"dist/htmx.min.js": VENDOR / "htmx.min.js", "LICENSE": VENDOR / "htmx.LICENSE.txt"}),
    "@tabler/icons": ("3.51.0", {"LICENSE": VENDOR / "tabler-icons.LICENSE.txt"}),
    # Only the tests use it: what it finds on a page fails them.
    "axe-core": ("4.14.1", {"axe.min.js": FOR_TESTS / "axe.min.js", "LICENSE": FOR_TESTS / "axe.LICENSE.txt"}),
}
SPRITE_FROM = "@tabler/icons"
SPRITE = VENDOR / "icons.svg"


def icon_names() -> list[str]:
    """The icons that the pages use, as ``icons.txt`` lists them."""
    lines = (UI / "icons.txt").read_text(encoding="utf-8").splitlines()
    return sorted(line.strip() for line in lines if line.strip() and not line.startswith("#"))


def fetch(package: str, version: str, into: Path) -> tuple[Path, str]:
    """Download and unpack a package; return its folder and the integrity of its tarball."""
    printed = subprocess.run(
        ["npm", "pack", "--json", "--silent", f"{package}@{version}"],
        cwd=into,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    tarball = into / json.loads(printed)[0]["filename"]
    digest = base64.b64encode(hashlib.sha512(tarball.read_bytes()).digest()).decode()
    folder = into / package.replace("/", "-")
    with tarfile.open(tarball) as archive:
        archive.extractall(folder, filter="data")
    return folder / "package", f"sha512-{digest}"


def symbol(name: str, svg: str) -> str:
    """One icon of the sprite: the drawing, without the invisible box and the attributes CSS sets."""
    drawing = re.sub(r"<path stroke=\"none\"[^>]*/>", "", re.sub(r"</?svg[^>]*>", "", svg))
    drawing = re.sub(r"\s+", " ", re.sub(r"<!--.*?-->", "", drawing, flags=re.S)).replace("> <", "><").strip()
    return f'<symbol id="{name}" viewBox="0 0 24 24">{drawing.replace(" />", "/>")}</symbol>'


def sprite(package: Path) -> str:
    """All icons in use as one SVG file."""
    folder = package / "icons" / "outline"
    missing = [name for name in icon_names() if not (folder / f"{name}.svg").exists()]
    if missing:
        sys.exit(f"icons.txt names icons that {SPRITE_FROM} does not have: {', '.join(missing)}.")
    symbols = "\n".join(symbol(name, (folder / f"{name}.svg").read_text(encoding="utf-8")) for name in icon_names())
    return f'<svg xmlns="http://www.w3.org/2000/svg">\n{symbols}\n</svg>\n'


def main() -> None:
    packages = {}
    for package, (version, files) in COPIED.items():
        with tempfile.TemporaryDirectory() as scratch:
            folder, integrity = fetch(package, version, Path(scratch))
            licence = json.loads((folder / "package.json").read_text(encoding="utf-8"))["license"]
            texts = {target: (folder / source).read_text(encoding="utf-8") for source, target in files.items()}
            if package == SPRITE_FROM:
                texts[SPRITE] = sprite(folder)
        for target, text in texts.items():
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(re.sub(r"\n?//# sourceMappingURL=\S+", "", text), encoding="utf-8")
        packages[package] = {
            "version": version,
            "licence": licence,
            "integrity": integrity,
            "files": {
                str(target.relative_to(ROOT)): hashlib.sha256(target.read_bytes()).hexdigest()
                for target in sorted(texts)
            },
        }
    LOCK.write_text(json.dumps(packages, indent=2, sort_keys=True) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
