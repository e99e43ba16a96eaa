"""Read mutants in a process of its own, which may hang or be killed for its memory.

    python -m mutated.worker KIND SEED SEED ...

Two lines of JSON for each mutant: one when it begins, one when it is judged.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import sys
import tempfile
from pathlib import Path

#: So much more than at the start may be asked for.
BYTES = 2 * 2**30


def main(name: str, seeds: list[int]) -> None:
    """Judge the mutants of some seeds."""
    said = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what libraries print must not come between

    from mutated.judging import judged, make_original, mutant
    from mutated.kinds import KINDS

    kind = KINDS[name]
    with tempfile.TemporaryDirectory(prefix="mutants-") as place:
        place = Path(place)
        meaning = make_original(kind, place / "original")
        os.chdir(place)  # whatever code a mutant would run, it would leave its traces here
        _limit_memory()
        for seed in seeds:
            _tell(said, {"begins": seed})
            one = mutant(kind, seed, place / "original", place / "mutant")
            found = judged(kind, one, meaning)
            outcome, why = found.outcome, found.why
            if (place / "mutant_ran_code").exists():
                outcome, why = "accepted nonsense", "ran code of the file"
            shutil.rmtree(place / "mutant")
            _tell(
                said,
                {
                    "kind": name,
                    "seed": seed,
                    "file": one.file,
                    "mutator": one.mutator,
                    "what": one.mutation.what,
                    "expects": one.mutation.expects,
                    "outcome": outcome,
                    "why": why[:500],
                },
            )


def _tell(said, line: dict) -> None:
    said.write(json.dumps(line) + "\n")
    said.flush()


def _limit_memory() -> None:
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[0])
    except OSError:  # no Linux
        return
    most = pages * os.sysconf("SC_PAGE_SIZE") + BYTES
    resource.setrlimit(resource.RLIMIT_AS, (most, resource.getrlimit(resource.RLIMIT_AS)[1]))


if __name__ == "__main__":
    main(sys.argv[1], [int(seed) for seed in sys.argv[2:]])
