"""The numbers of the board: what each is called for people, in which unit, and what it means."""

from __future__ import annotations

from attrs import frozen

from neuroflysim.report.rounding import fixed, rounded
from neuroflysim.scoreboard.entry import KINDS
from neuroflysim.scoreboard.families import BESIDE, FAMILIES
from neuroflysim.scoreboard.intervals import HELD, N_SAMPLES
from neuroflysim.validation.summary import KEYS


@frozen
class Column:
    """A column of the board: a number of each row."""

    name: str  #: In the table and in the CSV.
    title: str  #: Above the column.
    unit: str
    meaning: str
    decimals: int = 2
    less_is_better: bool = False

    def text(self, value: float) -> str:
        """Return a number as people read it; medians of counts may be halves."""
        return fixed(value, self.decimals) if self.decimals else rounded(value)

    @property
    def told(self) -> str:
        """Meaning and unit, for whoever points at the heading."""
        return f"{self.meaning} ({self.unit})"


_AGREEMENT = "1: as the flies; 0: chance; -1: the opposite"
_R = "Pearson's r, -1 to 1"

SCORE = Column(
    "score",
    "score",
    _AGREEMENT,
    "Mean of the strict scores of the studies. The score of a study is the mean of its agreements,"
    " of each the median over the models; a correlation over several rows counts once, and what is"
    " known only from secondary sources does not count",
)
#: How the headings of the two intervals begin.
_HELD = f"{HELD:.0%}".replace("%", " %")
#: The two intervals of the score: heading, low and high end in the table, meaning.
INTERVALS = (
    (
        f"{_HELD}, over models",
        "score_models_low",
        "score_models_high",
        f"The models of the row were drawn anew, with replacement, {N_SAMPLES:,} times: {_HELD} of"
        " the scores that came out lie here. It tells how much of the score is the luck of these"
        " models; a single model has none",
    ),
    (
        f"{_HELD}, over studies",
        "score_studies_low",
        "score_studies_high",
        "The same with the studies drawn anew in place of the models. It tells how much of the"
        " score hangs on which studies are in the database",
    ),
)

_OF_A_FAMILY = "The score from the measures of this family alone"
_OF_BESIDE = "What the score would be from these alone"
#: The same score, from the measures of one family alone; the last one is in no score.
FAMILY_COLUMNS = tuple(
    Column(
        name,
        "HS and VS" if name == BESIDE else name.replace("_", " "),
        _AGREEMENT,
        f"{_OF_BESIDE if name == BESIDE else _OF_A_FAMILY}: {meaning}",
    )
    for name, meaning in FAMILIES.items()
)

_HEADLINE = (
    ("polarity_correct", "polarity", "types of 32",
     "Types with the known sign of the flash response index", 0),
    ("polarity_r", "polarity r", _R,
     "Flash response index of 32 types against +1 (ON) and -1 (OFF)"),
    ("direction_selective", "selective", "types of 8",
     "Types of T4a-d and T5a-d with an index of at least 0.2, larger than at the other contrast,"
     " and a preferred direction within 45 degrees of the known one", 0),
    ("dsi_median", "DSI", "0 to 1",
     "Direction selectivity index of T4 to bright and T5 to dark edges, median of the 8 types"),
    ("preferred_direction_error_deg", "direction error", "degrees; less is better",
     "Distance to the known preferred direction, mean of the 8 types; 90 is chance", 1),
    ("dsi_r", "DSI r", _R,
     "Direction selectivity index against 1 (T4, T5) and 0 (ten of their inputs)"),
    ("t4_tuning_r", "T4 r", f"{_R}, 19 columns/s",
     "Tuning curves of T4 against those of flies, median of a, b, c, d"),
    ("t5_tuning_r", "T5 r", f"{_R}, 19 columns/s",
     "Tuning curves of T5 against those of flies, median of a, b, c, d"),
    ("t4_tuning_r_best", "T4 r, best speed", _R,
     "The same of T4 at the speed that agrees best, for each type its own"),
    ("t5_tuning_r_best", "T5 r, best speed", _R,
     "The same of T5 at the speed that agrees best, for each type its own"),
    ("task_r2", "task R\N{SUPERSCRIPT TWO}", "1: perfect; 0: as a readout that sees nothing",
     "Explained part of optic flow in photographs that no fit here saw, by a linear readout"),
)  # fmt: skip
#: Medians over the judged models, of the numbers of `neuroflysim validate --task`.
HEADLINE_COLUMNS = tuple(
    Column(
        name,
        title,
        unit,
        meaning,
        decimals[0] if decimals else 2,
        less_is_better=name == "preferred_direction_error_deg",
    )
    for name, title, unit, meaning, *decimals in _HEADLINE
)
assert [column.name for column in HEADLINE_COLUMNS] == list(KEYS)

#: What stands beside the numbers of a row, and what it means.
FACTS = {
    "kind": "; ".join(f"{kind}: {meaning}" for kind, meaning in KINDS.items()),
    "seen": "What a fit of these models has seen",
    "stable": "How many of all models settle at grey and do not run away, by the check that our"
    " fits pass. Sorted by the share",
    "models": "How many models are judged; medians and intervals are over these",
    "studies": "How many studies have a strict score",
}
