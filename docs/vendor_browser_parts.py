"""Make the parts of the pages that others have written, from their npm packages, byte for byte.

``python docs/vendor_browser_parts.py`` writes them into ``src``; ``--check`` only compares and
fails when a file differs. Needs npm and network; versions and sha512 sums of the packages stand in
``docs/browser-parts/package-lock.json``. The product itself is run without any of this.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

DOCS = Path(__file__).resolve().parent
SOURCE = DOCS / "browser-parts"
WEB = DOCS.parent / "src" / "cermin" / "web"
BLIND = WEB / "survey" / "static" / "survey"
HTMX = WEB / "pages" / "static" / "cermin"
BANNER = (
    "/* @cloudflare/blindrsa-ts 0.4.4 (Apache-2.0) with sjcl 1.0.8 (BSD-2-Clause): "
    "see blind.LICENSE.txt. Made by docs/vendor_browser_parts.py. */"
)
BUNDLE = (
    "blind.js", "--bundle", "--minify", "--format=esm", "--target=es2020",
    "--legal-comments=none", f"--banner:js={BANNER}",
)  # fmt: skip


def parts(folder: Path) -> dict[Path, bytes]:
    """Return every vendored file, made in ``folder``."""
    for name in ("package.json", "package-lock.json", "blind.js"):
        shutil.copy(SOURCE / name, folder)
    _run(folder, "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")
    modules = folder / "node_modules"
    blindrsa, sjcl, htmx = (
        modules / name for name in ("@cloudflare/blindrsa-ts", "sjcl", "htmx.org")
    )
    licences = [
        b"@cloudflare/blindrsa-ts 0.4.4\n\n", (blindrsa / "LICENSE.txt").read_bytes(),
        b"\n\n----------\n\nsjcl 1.0.8, used under its 2-clause BSD license\n\n",
        (sjcl / "README" / "COPYRIGHT").read_bytes().split(b"\n\n")[1], b"\n\n",
        (sjcl / "README" / "bsd.txt").read_bytes(),
    ]  # fmt: skip
    return {
        BLIND / "blind.js": _run(folder, str(modules / ".bin" / "esbuild"), *BUNDLE),
        BLIND / "blind.LICENSE.txt": b"".join(licences),
        HTMX / "htmx.min.js": (htmx / "dist" / "htmx.min.js").read_bytes(),
        HTMX / "htmx.LICENSE.txt": (htmx / "LICENSE").read_bytes(),
    }


def _run(folder: Path, *command: str) -> bytes:
    return subprocess.run(command, cwd=folder, check=True, stdout=subprocess.PIPE).stdout


def main(*, check: bool) -> int:
    """Write the files, or compare them; return the exit code."""
    with tempfile.TemporaryDirectory() as folder:
        made = parts(Path(folder))
    stale = [path for path, content in made.items() if _kept(path) != content]
    for path in stale:
        print(f"{'differs' if check else 'written'}: {path.relative_to(DOCS.parent)}")
        if not check:
            path.write_bytes(made[path])
    return int(check and bool(stale))


def _kept(path: Path) -> bytes:
    return path.read_bytes() if path.exists() else b""


if __name__ == "__main__":
    sys.exit(main(check="--check" in sys.argv[1:]))
