"""main.py ENGINE WAY FOLDER LINES: prices W1 in another engine.

WAY is `columns` (numbers as keys), `keys` (texts as keys), `floats` or `csv`,
`wide-` before it where an engine takes wider decimals. Writes
`figures.json`: how much CPU time the start took, and for what is done in memory the median of the
runs after the first, in nanoseconds.
"""

import importlib
import json
import os
import pathlib
import sys
import time

os.environ["POLARS_MAX_THREADS"] = "1"


def main():
    engine, way, folder, lines = sys.argv[1:]
    module = importlib.import_module(f"in_{engine}")
    figures = {"startup": time.process_time_ns()}
    times = module.run(way, folder, int(lines))
    if times:
        counted = times[1:]
        figures["cpu"] = sorted(cpu for cpu, _ in counted)[len(counted) // 2]
        figures["wall"] = sorted(wall for _, wall in counted)[len(counted) // 2]
    pathlib.Path(folder, "figures.json").write_text(json.dumps(figures))


if __name__ == "__main__":
    main()
