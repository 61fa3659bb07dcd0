#!/usr/bin/env python3
"""Join the style sheets and modules of ``servicedesk/ui`` into the two files that browsers load.

``css/*.css`` become ``static/ui/app.css`` and ``js/*.js`` become ``static/ui/app.js``, each in the order of
the file names. The results are committed, so nothing is built at run time; a test fails when they are stale.
With ``--check``, write nothing and exit 1 when a file is stale.
"""

import re
import sys
from pathlib import Path

UI = Path(__file__).resolve().parents[1] / "servicedesk" / "ui"
STATIC = UI / "static" / "ui"


def styles() -> str:
    """The style sheets in one, without comments and indentation."""
    joined = "\n".join(path.read_text(encoding="utf-8") for path in sorted((UI / "css").glob("*.css")))
    bare = re.sub(r"/\*.*?\*/", "", joined, flags=re.S)
    return "\n".join(line.strip() for line in bare.splitlines() if line.strip()) + "\n"


def scripts() -> str:
    """The modules in one, each in its own block: they share nothing but the document."""
    blocks = []
    for path in sorted((UI / "js").glob("*.js")):
        lines = (line.strip() for line in path.read_text(encoding="utf-8").splitlines())
        blocks.append("{\n" + "\n".join(line for line in lines if line and not line.startswith("//")) + "\n}")
    return "\n".join(blocks) + "\n"


def bundles() -> dict[Path, str]:
    """What each generated file should hold."""
    return {STATIC / "app.css": styles(), STATIC / "app.js": scripts()}


def main() -> int:
    stale = [path for path, text in bundles().items() if not path.exists() or path.read_text(encoding="utf-8") != text]
    if "--check" in sys.argv[1:]:
        for path in stale:
            print(f"{path} is stale: run python scripts/bundle.py.", file=sys.stderr)
        return 1 if stale else 0
    for path in stale:
        path.write_text(bundles()[path], encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
