"""`./dev bench [--json FILE]`: every benchmark once, as ratios within this run."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from tests.bench import bridge, evidence, headers, node, proofs, store, sync, verify


def main() -> int:
    """Run all; fails where a goal does not hold."""
    parser = argparse.ArgumentParser(prog="./dev bench")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the results as a list")
    given = parser.parse_args()
    results = [
        result for part in (headers, sync, proofs, verify, evidence, store, node, bridge) for result in part.run()
    ]
    for result in results:
        bound = "" if result.goal is None else f"  goal {'<=' if result.at_most else '>='} {result.goal}"
        print(f"{'ok  ' if result.holds else 'MISS'} {result.value:10.3f} {result.unit:<8} {result.name}{bound}")
    if given.json is not None:
        given.json.write_text(json.dumps([result.as_json() for result in results], indent=1) + "\n")
    return 0 if all(result.holds for result in results) else 1


if __name__ == "__main__":
    sys.exit(main())
