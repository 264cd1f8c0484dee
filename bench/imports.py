"""How long importing takes, beside NumPy alone."""

from __future__ import annotations

import json
import sys
import time

from bench.rows import Row, interleaved, peak_megabytes

ROUNDS = 9
SECTION = "Imports: a fresh process each, byte code present"


def run() -> list[Row]:
    """Measure in turns; the first round writes the byte code."""
    found = interleaved("bench.imports", ["numpy", "package", "core"], rounds=ROUNDS)
    numpy = found["numpy"]["import"]
    return [
        numpy.row(SECTION, "floor: NumPy", floor=numpy),
        found["package"]["import"].row(SECTION, "import cermin.core", floor=numpy),
        found["core"]["import"].row(SECTION, "every module of cermin.core", floor=numpy),
    ]


def _seconds(what: str) -> float:
    import importlib  # noqa: PLC0415 - before the clock
    import pkgutil  # noqa: PLC0415 - before the clock

    begin = time.perf_counter()
    if what == "numpy":
        importlib.import_module("numpy")
    else:
        core = importlib.import_module("cermin.core")
        for module in pkgutil.iter_modules(core.__path__) if what == "core" else ():
            importlib.import_module(f"cermin.core.{module.name}")
    return time.perf_counter() - begin


if __name__ == "__main__":
    measured = {"import": _seconds(sys.argv[1])}
    measured["peak_megabytes"] = peak_megabytes()
    print(json.dumps(measured))
