"""Mutated files are refused with an error that names them, or mean what they say; and the judge
of that is no soft one."""

from pathlib import Path

import pytest

from neuroflysim.errors import InvalidValueError

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"

with pytest.MonkeyPatch.context() as patch:
    patch.syspath_prepend(BENCHMARKS)
    from mutated import judging
    from mutated.kinds import KINDS
    from mutated.kinds.kind import Kind
    from mutated.mutators import MUTATORS
    from mutated.mutators.mutator import EITHER, REFUSE, SAME, Mutation
    from mutated.plain import Nonsense
    from mutated.reporting import failures, table, told
    from mutated.running import run

#: Files and mutators of a kind that are tried once each; where they are fewer, twice.
MANY = 70


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_no_mutant_is_nonsense_taken_obscure_slow_or_large(kind):
    ways = sum(len(MUTATORS[form]) for form in KINDS[kind].forms.values())
    rows = run(kind, range(ways if ways > MANY else 2 * ways))
    wrong = failures(rows)
    assert not wrong, "\n".join(map(told, wrong))
    # Reading never fails here because originals do: a good part of the mutants is taken.
    assert any(row["outcome"] == judging.VALID for row in rows)


def _make(folder):
    rows = [f"{k},{k + 7}\n" for k in range(20)]
    (folder / "a.csv").write_text("x,y\n" + "".join(rows))


def _kind(read, **options):
    return Kind(
        name="text",
        title="text",
        make=_make,
        forms={"a.csv": "csv"},
        main="a.csv",
        read=read,
        **options,
    )


def _judged(tmp_path, kind, expects=EITHER):
    kind.make(tmp_path)
    one = judging.Mutant(tmp_path, "a.csv", "none", Mutation(expects, "nothing"))
    return judging.judged(kind, one, "the original").outcome


def _fails(error):
    def read(path):
        raise error

    return read


@pytest.mark.parametrize(
    ("read", "expects", "outcome"),
    [
        (_fails(InvalidValueError("a.csv, line 2: no")), REFUSE, judging.CLEAR),
        (_fails(InvalidValueError("it is wrong")), REFUSE, judging.OBSCURE),
        (_fails(ValueError("a.csv, line 2: no")), REFUSE, judging.OBSCURE),
        (_fails(MemoryError()), REFUSE, judging.MEMORY),
        (lambda path: "the original", EITHER, judging.VALID),
        (lambda path: "the original", REFUSE, judging.NONSENSE),
        (lambda path: "something else", EITHER, judging.OTHER),
        (lambda path: "something else", SAME, judging.OTHER),
    ],
)
def test_the_judge_tells_what_came_of_a_mutant(tmp_path, read, expects, outcome):
    assert _judged(tmp_path, _kind(read), expects) == outcome


def test_what_a_file_says_is_asked_of_a_reading_that_is_not_the_readers(tmp_path):
    def nonsense(*_):
        raise Nonsense("so it is")

    def expected(*_):
        return "another number"

    found = _kind(lambda path: "another number", expected=expected)
    assert _judged(tmp_path, found) == judging.VALID
    missed = _kind(lambda path: "the original", expected=expected)
    assert _judged(tmp_path, missed) == judging.OTHER
    taken = _kind(lambda path: "the original", expected=nonsense)
    assert _judged(tmp_path, taken) == judging.NONSENSE


def test_a_seed_makes_one_mutant_and_seeds_go_through_all_mutators(tmp_path):
    kind = _kind(lambda path: path.read_text())
    original = tmp_path / "original"
    judging.make_original(kind, original)
    made = {}
    for turn in range(2):
        for seed in range(2 * len(MUTATORS["csv"])):
            folder = tmp_path / f"{turn} {seed}"
            one = judging.mutant(kind, seed, original, folder)
            file = folder / kind.folder / "a.csv"
            said = file.read_bytes() if file.is_file() and not file.is_symlink() else None
            assert made.setdefault(seed, (one.mutator, one.mutation, said)) == (
                one.mutator, one.mutation, said,
            )  # fmt: skip
    assert {name for name, *_ in made.values()} >= {
        mutator.name for mutator in MUTATORS["csv"] if mutator.name != "not_readable"
    }


def test_the_table_counts_each_outcome_by_kind():
    rows = [
        {"kind": "flo", "seed": k, "outcome": outcome}
        for k, outcome in enumerate([judging.CLEAR, judging.CLEAR, judging.OTHER])
    ]
    assert "| .flo | 3 | 2 | 0 | 0 | 1 | 0 | 0 | 0 |" in table(rows)
    assert [row["seed"] for row in failures(rows)] == [2]
