"""Studies of perturbed flies: shown beside the intact one, and compared with it."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from brian2 import ms

import neuroflysim as nfs
from neuroflysim.experiments.flies import flies_together, written_flies
from neuroflysim.experiments.replaying import show_to_flies
from neuroflysim.perturbations import Fly

EXAMPLES = Path(__file__).parent / "data" / "studies"
VALID = EXAMPLES / "silenced2003"


@pytest.fixture(scope="module")
def study():
    return nfs.load_study(VALID)


@pytest.fixture(scope="module")
def ensemble(connectome):
    return [nfs.Parameters.uniform(connectome, total_input) for total_input in (1.0, 2.0)]


@pytest.fixture(scope="module")
def replayed(study, ensemble):
    return nfs.replay(study, ensemble, extent=1, dtype="float32", progress=False)


@pytest.fixture(scope="module")
def comparison(study, ensemble):
    shown = []
    table = nfs.compare(
        ensemble,
        [study, EXAMPLES / "edges2001"],
        extent=1,
        progress=False,
        watch=lambda *what: shown.append(what),
    )
    return table, shown


def of(table, measure, fly):
    """The rows of one measure and fly, of the study of perturbed flies."""
    asked = (table["study"] == "silenced2003") & (table["measure"] == measure)
    (found,) = table[asked & table["condition"].str.contains(fly)].to_dict("records")
    return found


@pytest.mark.compile
def test_a_replay_shows_the_stimulus_to_the_intact_fly_and_to_each_perturbed_one(replayed, study):
    flies = ["intact", "mi1_silenced", "t4_and_t5_silenced", "mi9_to_t4_kept", "two_cut"]
    assert replayed.voltage["perturbation"].to_numpy().tolist() == flies * 2
    assert [fly.label for fly in study.experiments["edges"].flies] == flies


@pytest.mark.compile
def test_a_replay_of_other_flies_than_those_of_the_study(study, start):
    options = {"extent": 1, "dtype": "float32", "progress": False}
    other = nfs.replay(study, start, perturbations=[None, nfs.Silence("L2")], **options)
    assert other.voltage["perturbation"].to_numpy().tolist() == ["intact", "silence L2"]


def test_what_is_written_is_what_the_classes_do():
    written = {
        "one": [{"silence": ["L1", "T4"]}],
        "two": [{"cut": [["Mi4", "Mi9"], "T5"]}, {"scale": ["Mi9", "T4a", 0.5]}],
        "three": [{"ablate": ["L5"]}],
    }
    fifth = [f"T5{letter}" for letter in "abcd"]
    assert written_flies(written) == [
        Fly(),
        Fly((nfs.Silence(["L1", "T4a", "T4b", "T4c", "T4d"]),), "one"),
        Fly((nfs.Cut(["Mi4", "Mi9"], fifth), nfs.Scale("Mi9", "T4a", 0.5)), "two"),
        Fly((nfs.Ablate("L5"),), "three"),
    ]


def test_what_is_done_for_a_time_is_written_with_its_times():
    written = {
        "early": [{"silence": ["L1"], "stop": "0 ms"}],
        "pulse": [{"cut": ["Mi9", "T4a"], "start": "100 ms", "stop": "0.2 s"}],
    }
    assert written_flies(written)[1:] == [
        Fly((nfs.Silence("L1", stop=0 * ms),), "early"),
        Fly((nfs.Cut("Mi9", "T4a", start=100 * ms, stop=200 * ms),), "pulse"),
    ]


def test_flies_to_which_studies_do_the_same_are_one_fly():
    one = written_flies({"a": [{"silence": ["L1"]}]})
    other = written_flies({"b": [{"silence": ["L1"]}], "c": [{"silence": ["L2"]}]})
    labels = [fly.label for fly in flies_together([one, other])]
    assert labels == ["intact", "silence L1", "silence L2"]


@pytest.mark.compile
def test_a_perturbation_that_changes_nothing_leaves_all_and_changes_no_index(comparison):
    left = of(comparison[0], "tangential_input_left", "mi9_to_t4_kept")
    assert (left["model_min"], left["model_max"], left["agreement"]) == (1, 1, 1)
    change = of(comparison[0], "selectivity_change", "mi9_to_t4_kept")
    assert (change["model_min"], change["model_max"], change["agreement"]) == (0, 0, 0)


@pytest.mark.compile
def test_silencing_t4_and_t5_leaves_nothing_of_what_tangential_cells_get_from_them(comparison):
    left = of(comparison[0], "tangential_input_left", "t4_and_t5_silenced")
    assert (left["model_min"], left["model_max"], left["agreement"]) == (0, 0, 1)


@pytest.mark.compile
def test_the_table_holds_what_comparing_the_flies_by_hand_gives(comparison, replayed, study):
    flies = study.experiments["edges"].flies
    given = nfs.analysis.tangential_input(replayed, flies).sel(intensity=1)
    index = nfs.analysis.direction_selectivity_index(replayed).sel(intensity=1)

    def of_fly(values, name, types):
        chosen = values["perturbation"].to_numpy() == name
        return values.isel(candidate=chosen).sel(cell_type=types).mean("cell_type").to_numpy()

    fourth = [f"T4{letter}" for letter in "abcd"]
    for name, types, scale in (("mi1_silenced", fourth, 1), ("two_cut", ["T4b"], 100)):
        expected = scale * of_fly(given, name, types) / of_fly(given, "intact", types)
        found = of(comparison[0], "tangential_input_left", name)
        assert expected.min() == pytest.approx(found["model_min"], rel=1e-4)
        assert expected.max() == pytest.approx(found["model_max"], rel=1e-4)
        assert np.ptp(expected) > 0.1  # candidates are not mixed up
    expected = of_fly(index, "mi1_silenced", fourth) - of_fly(index, "intact", fourth)
    found = of(comparison[0], "selectivity_change", "mi1_silenced")
    assert sorted(expected) == pytest.approx([found["model_min"], found["model_max"]], abs=1e-5)


@pytest.mark.compile
def test_a_row_without_a_perturbation_is_of_the_intact_fly(comparison, replayed):
    direction = nfs.analysis.preferred_direction(nfs.analysis.recorded(
        replayed.under(None), subtract_rest=False
    )).sel(cell_type="T4b", intensity=1)  # fmt: skip
    table = comparison[0]
    rows = table[(table["study"] == "silenced2003") & (table["measure"] == "preferred_direction")]
    intact, perturbed = rows["model"]
    assert np.abs((direction - intact + 180) % 360 - 180).min() == pytest.approx(0, abs=1e-3)
    assert intact != perturbed


@pytest.mark.compile
def test_studies_that_show_the_same_to_other_flies_share_a_simulation(comparison, ensemble):
    table, shown = comparison
    users = [[(study.key, used.name) for study, used in what[0]] for what in shown]
    assert users[0] == [("silenced2003", "edges"), ("edges2001", "edges")]
    assert shown[0][2].voltage.sizes["candidate"] == 5 * 2
    alone = nfs.compare(ensemble, EXAMPLES / "edges2001", extent=1, progress=False)
    beside = table[table["study"] == "edges2001"].reset_index(drop=True)
    names = ["model", "model_min", "model_max", "agreement"]
    np.testing.assert_array_equal(beside[names], alone[names])


@pytest.mark.compile
def test_a_perturbed_fly_that_runs_away_has_no_response_and_others_keep_theirs(ensemble, study):
    experiment = study.experiments["edges"]
    luminance = experiment.build().luminance(1, experiment.time_step, dtype="float32")
    connectome, step = ensemble[0].connectome, experiment.time_step
    wild = Fly((nfs.Scale("T4a", "T4a", 1e6),), "wild")
    tame = Fly((nfs.Silence("L1"),), "tame")
    with nfs.compile(
        luminance, connectome=connectome, extent=1, time_step=step, dtype="float32"
    ) as program:
        voltage = show_to_flies(program, ensemble, [Fly(), wild, tame]).voltage
        expected = show_to_flies(program, ensemble, [Fly(), tame]).voltage
    assert voltage["perturbation"].to_numpy().tolist() == ["intact", "wild", "tame"] * 2
    assert np.isnan(voltage.to_numpy()[1::3]).all()
    np.testing.assert_array_equal(voltage.to_numpy()[0::3], expected.to_numpy()[0::2])
    np.testing.assert_array_equal(voltage.to_numpy()[2::3], expected.to_numpy()[1::2])


# One edit to a valid folder each: file, what is replaced, by what; then where the error must
# point, and what it must say for people to mend it.
YAML, TABLE = "study.yaml", "measurements.csv"
BROKEN = {
    "no such cell type": (YAML, "silence: [Mi1]", "silence: [Mi0]", "line 14", "cell_type Mi1"),
    "no such perturbation": (YAML, "{silence: [Mi1]}", "{silense: [Mi1]}", "line 14",
                             "silence ablate cut"),
    "no such connection": (YAML, "[Mi9, T4, 1]", "[T4, Mi1, 1]", "line 16",
                           "no such connection gets input from"),
    "a source without a target": (YAML, "{cut: [[Mi4, Mi9], T4]}", "{cut: [Mi4]}", "line 17",
                                  "source and target"),
    "a factor below 0": (YAML, "[Mi9, T4, 1]", "[Mi9, T4, -1]", "line 16", "factor 0 or more"),
    "nothing is done": (YAML, "[{silence: [Mi1]}]", "[]", "line 14", "list one and the same fly"),
    "one word for a list": (YAML, "{silence: [Mi1]}", "{silence: Mi1}", "line 14", "a list"),
    "two things in one": (YAML, "{silence: [Mi1]}", "{silence: [Mi1], ablate: [L5]}", "line 14",
                          "one of silence start stop"),
    "a time without a unit": (YAML, "{silence: [Mi1]}", "{silence: [Mi1], start: 100}", "line 14",
                              "text unit 100 ms"),
    "a time that is none": (YAML, "{silence: [Mi1]}", "{silence: [Mi1], start: 9 deg}", "line 14",
                            "start time with its unit 100*ms"),
    "an end before the beginning": (YAML, "{silence: [Mi1]}", "{silence: [Mi1], start: 9 ms,"
                                    " stop: 5 ms}", "line 14", "start before stop Mend"),
    "a time after the stimulus": (YAML, "{silence: [Mi1]}", "{silence: [Mi1], start: 90 s}",
                                  "line 14", "no frame begins Mend start"),
    "the intact fly is perturbed": (YAML, "mi1_silenced: [", "intact: [", "line 14", "always take"),
    "the same is done twice": (YAML, "[{scale: [Mi9, T4, 1]}]", "[{silence: [Mi1]}]", "line 16",
                               "as to mi1_silenced keep one"),
    "the other fly does not exist": (YAML, "against: {perturbation: intact, by: ratio}",
                                     "against: {perturbation: l1_silenced, by: ratio}", "line 23",
                                     "intact, mi1_silenced"),
    "flies are compared in no known way": (YAML, "by: ratio", "by: percent", "line 23",
                                           "ratio, difference"),
    "a range has no words": (YAML, "kind: range, ranges: {lost: '<0.25', intact: '>0.75',"
                             " subtle: '0.75..1.25'}", "kind: range", "line 24", "ranges add it"),
    "a word stands for one number": (YAML, "'<0.25'", "'0.25'", "line 24", "lost bound '<0.25'"),
    "a word stands for no range": (YAML, "'<0.25'", "'little'", "line 24", "lost bound '<0.25'"),
    "the word is not one of the range": (TABLE, ",lost,", ",gone,", "row 2", "lost or intact"),
    "a number stands for a range": (TABLE, ",lost,,", ",0,1,", "row 2", "one number lost a bound"),
    "the row names no such fly": (TABLE, "mi1_silenced", "tm3_silenced", "row 2",
                                  "intact, mi1_silenced name one"),
    "the row compares a fly with itself": (TABLE, "perturbation=mi1_silenced; ", "", "row 2",
                                           "another perturbation=mi1_silenced or"),
}  # fmt: skip


@pytest.mark.parametrize("case", BROKEN)
def test_what_is_wrong_about_perturbed_flies_is_told_with_place_and_cure(tmp_path, case):
    file, old, new, place, words = BROKEN[case]
    folder = tmp_path / VALID.name
    shutil.copytree(VALID, folder)
    text = (folder / file).read_text()
    assert old in text
    (folder / file).write_text(text.replace(old, new, 1))
    with pytest.raises(nfs.StudyError) as caught:
        nfs.load_study(folder)
    told = [line for line in caught.value.problems if line.startswith(f"{file}, {place}: ")]
    assert any(all(word in line for word in words.split()) for line in told), caught.value.problems
