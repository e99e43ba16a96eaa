"""A made-up board: a row of each kind, one in trouble, one whose name is a trap for HTML."""

import numpy as np
import pandas as pd

from neuroflysim.scoreboard.boards import COLUMNS, OF_AGREEMENTS, OF_MODELS, Board
from neuroflysim.scoreboard.families import FAMILIES
from neuroflysim.validation.summary import KEYS

HEADLINE = tuple(KEYS)
#: Name, kind, how many are judged, how many are stable, of how many; how good it is.
ROWS = (
    ("flyvis", "published", 50, 8, 50, 0.3),
    ("flow", "fitted here", 20, 20, 20, 0.56),
    ("flow_short", "fitted here", 19, 19, 20, 0.5),
    ("signs of types", "control", 3, 3, 3, 0.1),
    ("untrained", "no fit", 1, 1, 1, 0.23),
    ("no response", "trivial", 1, 1, 1, 0.0),
    ("<b>x</b> & \"y\"", "yours", 2, 2, 2, 0.41),
    ("broken", "yours", 0, 0, 2, np.nan),
)  # fmt: skip
TROUBLE = "my/broken/001.json, line 3: 'Mi99' is no cell type; <i>mend</i> its name."
STUDIES = ("maisak2013", "behnia2014", "mine2026")


def made_up_board(rows=ROWS, groups_of_a_family=3, seed=0):
    """Numbers without a meaning, of the form that the board has.

    They differ from each other, so that one that stands in a wrong place is found.
    """
    chance = np.random.default_rng(seed)
    lines = [_row(chance, *row) for row in rows]
    models = [line for row in rows for line in _models(chance, *row)]
    agreements = [line for row in rows for line in _agreements(chance, *row, groups_of_a_family)]
    made = {"version": "0.1.0", "date": "2026-11-30", "processor": "a <processor>"}
    return Board(
        table=pd.DataFrame(lines).set_index("row")[list(COLUMNS)],
        models=pd.DataFrame(models, columns=OF_MODELS),
        agreements=pd.DataFrame(agreements, columns=OF_AGREEMENTS),
        record={name: {} if np.isnan(good) else made for name, *_, good in rows},
    )


def _row(chance, name, kind, judged, stable, total, good):
    def near(middle, spread):
        return middle + spread * chance.uniform(-1, 1)

    numbers = {key: near(good, 0.1) for key in HEADLINE}
    numbers |= {"polarity_correct": 30, "direction_selective": 7.5}
    numbers["preferred_direction_error_deg"] = 12.34
    scores = {
        "score": good,
        "score_models_low": good - 0.03, "score_models_high": good + 0.04,
        "score_studies_low": good - 0.12, "score_studies_high": good + 0.11,
        "studies": 25,
        "fitted": 0,
    }  # fmt: skip
    families = {family: near(good, 0.4) for family in FAMILIES}
    numbers |= scores | families
    broken = np.isnan(good)
    return {
        "row": name,
        "kind": kind,
        "seen": "flow in <natural> scenes",
        "models": judged,
        "stable": stable,
        "total": total,
        **{key: np.nan if broken else value for key, value in numbers.items()},
        "command": f"neuroflysim board '{name}'",
        "dynamics": "graded",
        "trouble": TROUBLE if broken else "",
    }


def _models(chance, name, kind, judged, stable, total, good):
    for number in range(total):
        fine = number < judged
        yield {
            "row": name,
            "model": f"{number:03}",
            "stable": number < stable,
            "failure": "" if number < stable else "does not settle at grey",
            **{key: good + 0.1 * chance.uniform(-1, 1) if fine else np.nan for key in HEADLINE},
            "score": good if fine else np.nan,
        }


def _agreements(chance, name, kind, judged, stable, total, good, n_groups):
    if np.isnan(good):
        return
    for family in FAMILIES:
        for number in range(n_groups):
            middle = np.clip(good + 0.4 * chance.uniform(-1, 1), -1, 1)
            cell_type = f"T{number % 5}"
            yield {
                "row": name,
                "study": STUDIES[number % len(STUDIES)],
                "measure": "time_to_peak",
                "group": f"time_to_peak of {cell_type} at intensity={number % 2}",
                "family": family,
                "cell_types": cell_type,
                "rows": 1,
                "agreement": middle,
                "agreement_low": middle - 0.05,
                "agreement_high": middle + 0.05,
                "n_models": judged,
                "fitted": False,
            }
