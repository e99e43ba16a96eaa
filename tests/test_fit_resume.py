"""A fit that is stopped, however that happens, and goes on: it ends as the one that was not."""

import errno
import hashlib
import io
import json
import os
import pickle
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import attrs
import numpy as np
import pandas as pd
import pytest

import neuroflysim as nfs
from neuroflysim.cli import main
from neuroflysim.errors import FileError, InvalidValueError
from neuroflysim.fit import folder as files
from neuroflysim.fit import identity, run
from neuroflysim.fit.checkpoint import FORMAT, Checkpoint
from neuroflysim.fit.learning_curve import columns
from neuroflysim.fit.objectives import flow_task
from neuroflysim.fit.record import sealed_record
from neuroflysim.fit.stability import Stability

NEUROFLYSIM = str(Path(sys.executable).with_name("neuroflysim"))
SEED = 3

#: Two stages, of 3 and 2 generations.
RECIPE = nfs.Recipe(
    readout="all",
    pooling=1,
    textures=2,
    stages=(
        nfs.Stage(evaluations=12, population=4, step_size=0.3),
        nfs.Stage(evaluations=10, population=6, step_size=0.2, contrast=(0.1, 0.4)),
    ),
)
GENERATIONS = 5

#: So many generations that another process can be hit in the midst of them.
LONGER = attrs.evolve(
    RECIPE,
    texture="bars",  # which are painted quickly
    stages=(nfs.Stage(evaluations=320, population=8, step_size=0.3, covariance="full"),),
)


class Stopped(Exception):
    """Stands for all that ends a process."""


@pytest.fixture(autouse=True)
def judged_quickly(monkeypatch):
    """Judges fits of this process on few worlds: it follows from the parameters alone.

    Other processes judge as always.
    """
    stable = Stability(stable=True, reason="stable", unrest=0.0, largest_voltage=1.0)
    monkeypatch.setattr(flow_task, "JUDGED_TEXTURES", 2)
    monkeypatch.setattr(flow_task, "JUDGED_SEEDS", flow_task.JUDGED_SEEDS[:1])
    monkeypatch.setattr(run, "check_stability", lambda *_, **__: stable)


@pytest.fixture(scope="module")
def fitted(few_types):
    def fitted(folder=None, recipe=RECIPE, seed=SEED, **options):
        options = {"connectome": few_types, "processes": 1, "threads": 1, **options}
        return nfs.fit(recipe, seed, folder, progress=False, **options)

    return fitted


@pytest.fixture
def stopped(monkeypatch):
    """Fits until a checkpoint is to be written for the nth time, counted from 0: the start."""

    def stopped(fit, n, written):
        save, count = Checkpoint.save, iter(range(n + 1))

        def save_or_stop(self, folder):
            last = next(count) == n
            if written or not last:
                save(self, folder)
            if last:
                raise Stopped

        with monkeypatch.context() as patch, pytest.raises(Stopped):
            patch.setattr(Checkpoint, "save", save_or_stop)
            fit()

    return stopped


def with_covariance(covariance):
    stages = [attrs.evolve(stage, covariance=covariance) for stage in RECIPE.stages]
    return attrs.evolve(RECIPE, stages=tuple(stages))


@pytest.fixture(scope="module")
def unbroken(fitted):
    """Fits that nobody stopped, without a folder, each made once."""
    known = {}

    def unbroken(recipe=RECIPE, seed=SEED):
        key = (recipe, seed)
        if key not in known:
            known[key] = fitted(recipe=recipe, seed=seed)
        return known[key]

    return unbroken


@pytest.fixture(scope="module")
def begun(fitted, tmp_path_factory):
    """The bytes of a checkpoint, the last one of a fit."""

    def judged(*_):
        raise Stopped

    folder = tmp_path_factory.mktemp("begun")
    with pytest.MonkeyPatch.context() as patch, pytest.raises(Stopped):
        patch.setattr(run._Run, "judged", judged)
        fitted(folder)
    return (folder / "checkpoint").read_bytes()


@pytest.fixture(scope="module")
def finished(fitted, tmp_path_factory):
    """The folder of a fit that came to its end; not to be written to."""
    folder = tmp_path_factory.mktemp("finished")
    fitted(folder)
    return folder


@pytest.mark.fit
def test_what_is_compared_tells_fits_apart(unbroken, assert_same):
    with pytest.raises(AssertionError):
        assert_same(unbroken(seed=SEED + 1), unbroken())
    curve = unbroken().learning_curve
    assert list(curve["evaluations"]) == [4, 8, 12, 18, 24]
    assert list(curve["stage"]) == [1, 1, 1, 2, 2]
    assert curve["loss_best"].nunique() == GENERATIONS


@pytest.mark.fit
@pytest.mark.parametrize("n", range(GENERATIONS + 1))
def test_a_fit_stopped_after_any_generation_ends_as_the_unbroken_one(
    fitted, unbroken, stopped, tmp_path, n, assert_same
):
    stopped(lambda: fitted(tmp_path), n, written=True)
    assert [file.name for file in tmp_path.iterdir()] == ["checkpoint"]
    assert_same(fitted(tmp_path, resume=True), unbroken())
    names = {"parameters.json", "fit.json", "learning_curve.csv"}
    assert {file.name for file in tmp_path.iterdir()} == names


@pytest.mark.fit
@pytest.mark.parametrize("covariance", ["diagonal", "full", "restricted"])
def test_a_fit_stopped_in_every_generation_ends_as_the_unbroken_one(
    fitted, unbroken, stopped, tmp_path, covariance, assert_same
):
    recipe = with_covariance(covariance)
    stopped(lambda: fitted(tmp_path, recipe), 0, written=True)
    for n in range(GENERATIONS):
        assert len(Checkpoint.load(tmp_path).rows) == n
        stopped(lambda: fitted(tmp_path, recipe, resume=True), 0, written=False)
        stopped(lambda: fitted(tmp_path, recipe, resume=True), 0, written=True)
    assert_same(fitted(tmp_path, recipe, resume=True), unbroken(recipe))


@pytest.mark.fit
def test_the_time_before_a_stop_is_counted(fitted, stopped, tmp_path):
    stopped(lambda: fitted(tmp_path), 2, written=True)
    before = Checkpoint.load(tmp_path)
    longer = attrs.evolve(before, seconds=(1000.0, 2000.0))
    longer.save(tmp_path)
    result = fitted(tmp_path, resume=True)
    seconds = result.learning_curve["seconds"]
    assert list(seconds[:2]) == [row["seconds"] for row in before.rows]
    assert (seconds[2:] > 1000).all() and seconds[2:].is_monotonic_increasing
    assert 1000 < result.record["seconds"] < 1900 and result.record["core_seconds"] > 2000


@pytest.mark.fit
def test_resume_begins_where_there_is_nothing_yet(fitted, unbroken, tmp_path, assert_same):
    assert_same(fitted(tmp_path / "new" / "folder", resume=True), unbroken())


@pytest.mark.fit
def test_a_stop_while_the_result_is_written_costs_nothing(
    fitted, unbroken, stopped, tmp_path, monkeypatch, assert_same
):
    stopped(lambda: fitted(tmp_path / "a"), GENERATIONS, written=True)
    whole = fitted(shutil.copytree(tmp_path / "a", tmp_path / "b"), resume=True)
    names = ["parameters.json", "learning_curve.csv", "fit.json"]
    for n in range(len(names) + 1):  # so many files were written, and the checkpoint not removed
        folder = shutil.copytree(tmp_path / "a", tmp_path / f"stopped_{n}")
        for name in names[:n]:
            shutil.copy(tmp_path / "b" / name, folder)
        assert_same(fitted(folder, resume=True), whole)
        assert sorted(file.name for file in folder.iterdir()) == sorted(names)
    assert_same(whole, unbroken())


@pytest.mark.fit
def test_a_finished_fit_is_returned_as_it_was_written(fitted, tmp_path, monkeypatch):
    result = fitted(tmp_path)
    before = {file: file.stat().st_mtime_ns for file in tmp_path.iterdir()}
    monkeypatch.setattr(run, "_Run", None)  # whoever began to fit would fail
    again = fitted(tmp_path, resume=True)
    assert again.parameters == result.parameters and again.record == result.record
    pd.testing.assert_frame_equal(again.learning_curve, result.learning_curve, check_exact=True)
    assert {file: file.stat().st_mtime_ns for file in tmp_path.iterdir()} == before


@pytest.mark.fit
def test_a_learning_curve_is_read_to_the_last_bit(few_types, unbroken, tmp_path):
    rng = np.random.default_rng(0)
    curve = pd.DataFrame(
        {
            name: np.arange(200) if is_whole else rng.lognormal(size=200)
            for name, is_whole in columns().items()
        }
    )
    curve.loc[7, ["r2_best", "r2_median"]] = np.nan  # all candidates ran away
    record = sealed_record(unbroken().record, unbroken().parameters, curve)
    files.write(tmp_path, unbroken().parameters, record, curve)
    *_, found = files.read(tmp_path, few_types)
    pd.testing.assert_frame_equal(found, curve, check_exact=True)


# ---- fits that are not to be resumed ----


@pytest.mark.fit
@pytest.mark.parametrize("ended", [False, True], ids=["under way", "ended"])
def test_another_fit_is_not_resumed_and_the_message_says_in_what_it_differs(
    fitted, finished, begun, tmp_path, connectome, monkeypatch, ended
):
    if ended:
        shutil.copytree(finished, tmp_path, dirs_exist_ok=True)
    else:
        (tmp_path / "checkpoint").write_bytes(begun)
    before = {file: file.read_bytes() for file in tmp_path.iterdir()}
    others = [
        ("its seed is 3, not 4", 0, {"seed": 4}),
        ("recipe: textures was 2 and is 3", 1, {"recipe": attrs.evolve(RECIPE, textures=3)}),
        ("connectome: offsets was", 3, {"connectome": connectome}),
    ]
    for words, differences, other in others:
        with pytest.raises(InvalidValueError) as error:
            fitted(tmp_path, resume=True, **other)
        assert words in str(error.value) and str(tmp_path) in str(error.value)
        assert "fit into another folder" in str(error.value)
        assert str(error.value).count(" and is ") == differences
    monkeypatch.setattr(identity, "__version__", "99")
    with pytest.raises(InvalidValueError, match=r"versions: neuroflysim was '.*' and is '99'"):
        fitted(tmp_path, resume=True)
    assert {file: file.read_bytes() for file in tmp_path.iterdir()} == before


@pytest.mark.fit
def test_a_folder_with_something_in_it_is_left_alone_without_resume(
    fitted, begun, finished, tmp_path
):
    (tmp_path / "begun").mkdir()
    (tmp_path / "begun" / "checkpoint").write_bytes(begun)
    shutil.copytree(finished, tmp_path / "finished")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "thesis.txt").write_text("all that I know")
    for name, words in (
        ("begun", "already holds a fit; go on with it by resume"),
        ("finished", "already holds a fit; go on with it by resume"),
        ("full", "is not empty; empty it, or name another folder"),
    ):
        with pytest.raises(InvalidValueError, match=words):
            fitted(tmp_path / name)
    assert (tmp_path / "full" / "thesis.txt").read_text() == "all that I know"


# ---- files that were damaged ----


@pytest.mark.fit
def test_a_checkpoint_that_was_cut_off_names_its_file(fitted, begun, tmp_path):
    path = tmp_path / "checkpoint"
    for n in (0, 1, 100, len(begun) // 2, len(begun) - 40, len(begun) - 33, len(begun) - 1):
        path.write_bytes(begun[:n])
        with pytest.raises(InvalidValueError, match=r"cannot be read.*fit anew") as error:
            fitted(tmp_path, resume=True)
        assert str(path) in str(error.value)
        assert path.read_bytes() == begun[:n]


@pytest.mark.fit
def test_no_byte_of_a_checkpoint_can_change_unseen(begun, tmp_path):
    path = tmp_path / "checkpoint"
    path.write_bytes(begun)
    Checkpoint.load(tmp_path)
    for n in np.linspace(0, len(begun) - 1, 200).astype(int):
        path.write_bytes(begun[:n] + bytes([begun[n] ^ 1]) + begun[n + 1 :])
        with pytest.raises(InvalidValueError, match=re.escape(str(path))):
            Checkpoint.load(tmp_path)


def _with_digest(content):
    return FORMAT + b"\n" + hashlib.sha256(content).hexdigest().encode() + b"\n" + content


class _Harm:
    """Whoever unpickles this makes a file."""

    def __init__(self, path):
        self._path = path

    def __reduce__(self):
        return (Path.touch, (self._path,))


@pytest.mark.fit
def test_a_pickle_is_no_checkpoint_and_is_not_run(fitted, begun, tmp_path):
    harm, marks = tmp_path / "harm", len(_with_digest(b""))
    head = begun[marks:].partition(b"\n")[0]
    for content in (pickle.dumps(_Harm(harm)), _npz(mean=np.array(_Harm(harm), dtype=object))):
        for made in (content, _with_digest(content), _with_digest(head + b"\n" + content)):
            (tmp_path / "fit").mkdir(exist_ok=True)
            (tmp_path / "fit" / "checkpoint").write_bytes(made)
            with pytest.raises(InvalidValueError, match="checkpoint"):
                fitted(tmp_path / "fit", resume=True)
    assert not harm.exists()


def _npz(**arrays):
    content = io.BytesIO()
    np.savez(content, **arrays)
    return content.getvalue()


@pytest.mark.fit
@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda head: head.pop("rows"), "lacks the key 'rows'"),
        (lambda head: head["rows"].pop(), "has 4 rows after 5 generations"),
        (lambda head: head["rows"][0].pop("seconds"), "row 1 of the learning curve"),
        (lambda head: head["rows"][0].update(stage=True), "stage is true"),
        (lambda head: head["rows"][0].update(loss_best=None), "loss_best is null"),
        (lambda head: head.update(seconds=[1]), "two numbers"),
        (lambda head: head.update(seed="3"), 'seed is "3"'),
        (lambda head: head.update(recipe=[]), "recipe is"),
        (lambda head: head.update(processors=[]), "names no processor"),
        (lambda head: head.update(processors=[1]), "a processor is 1"),
    ],
)
def test_what_a_checkpoint_says_is_checked_where_its_digest_is_right(
    fitted, begun, tmp_path, change, said
):
    head, _, arrays = begun[len(_with_digest(b"")) :].partition(b"\n")
    record = json.loads(head)
    change(record)
    content = json.dumps(record).encode() + b"\n" + arrays
    (tmp_path / "checkpoint").write_bytes(_with_digest(content))
    with pytest.raises(InvalidValueError, match=said):
        fitted(tmp_path, resume=True)


@pytest.mark.fit
def test_a_fit_that_was_begun_on_another_processor_is_resumed_only_if_asked(
    fitted, unbroken, stopped, tmp_path, monkeypatch, assert_same
):
    stopped(lambda: fitted(tmp_path), 2, written=True)
    here = run.processor_name()
    of_here = unbroken()  # made once for all tests: not on the other processor
    monkeypatch.setattr(run, "processor_name", lambda: "another one")
    with pytest.raises(InvalidValueError, match=r"another processor .*--other-processor") as error:
        fitted(tmp_path, resume=True)
    assert here in str(error.value) and "another one" in str(error.value)
    result = fitted(tmp_path, resume=True, other_processor=True)
    assert result.record["processors"] == [here, "another one"]
    assert of_here.record["processors"] == [here]
    monkeypatch.undo()
    assert fitted(tmp_path, resume=True).record == result.record  # a finished one is read anywhere


@pytest.mark.fit
@pytest.mark.parametrize("name", ["checkpoint", "parameters.json", "fit.json"])
def test_a_disk_that_is_full_costs_no_result(
    fitted, unbroken, stopped, tmp_path, monkeypatch, name, assert_same
):
    stopped(lambda: fitted(tmp_path), GENERATIONS - 1, written=True)
    replace = os.replace

    def full(source, target):
        if Path(target).name == name:
            raise OSError(errno.ENOSPC, "No space left on device")
        replace(source, target)

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", full)
        with pytest.raises(FileError, match=r"no space is left.*go on with it by resume"):
            fitted(tmp_path, resume=True)
    assert (tmp_path / "checkpoint").exists()
    assert_same(fitted(tmp_path, resume=True), unbroken())


@pytest.mark.fit
@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("fit.json", '{"seed": 3'),
        ("fit.json", "[1, 2]"),
        ("fit.json", "{}"),
        ("learning_curve.csv", ""),
        ("learning_curve.csv", 'stage,"gen'),
        ("learning_curve.csv", lambda text: text[: len(text) // 2]),
        ("learning_curve.csv", lambda text: text[: text.rindex("\n", 0, -1) + 1]),
        ("learning_curve.csv", lambda text: text.replace(",4,", ",5,", 1)),
        ("learning_curve.csv", lambda text: text.replace("stage", "phase")),
        ("parameters.json", "{"),
        ("parameters.json", lambda text: text.replace('"T4a": 0.0', '"T4a": 0.1', 1)),
        ("fit.json", lambda text: text.replace('"seconds": ', '"seconds": 1', 1)),
        ("fit.json", lambda text: text.replace('"stable": true', '"stable": 1')),
        ("fit.json", lambda text: text.replace('"stable": true', '"stable": false')),
        ("fit.json", lambda text: text.replace('"r2": ', '"r2": true, "r3": ')),
        ("fit.json", lambda text: text.replace('"sha256"', '"sha"')),
        ("fit.json", lambda text: text.replace('"command"', '"Command"')),
        ("fit.json", lambda text: text.replace('"seed": 3', '"seed": 3, "seed": 3')),
    ],
)
def test_a_damaged_result_names_its_file(fitted, finished, tmp_path, name, content):
    folder = shutil.copytree(finished, tmp_path / "copy")
    fitted(folder, resume=True)
    text = (folder / name).read_text()
    changed = content(text) if callable(content) else content
    assert changed != text
    (folder / name).write_text(changed)
    with pytest.raises(InvalidValueError, match=re.escape(str(folder / name))):
        fitted(folder, resume=True)


@pytest.mark.fit
@pytest.mark.parametrize("name", ["fit.json", "learning_curve.csv", "parameters.json"])
def test_a_result_of_which_a_file_is_gone_is_not_fitted_anew_without_a_word(
    fitted, finished, tmp_path, monkeypatch, name
):
    monkeypatch.setattr(run, "_Run", None)  # whoever began to fit would fail
    for what, change in (
        ("gone", Path.unlink),
        ("renamed", lambda path: path.rename(path.with_name("x"))),
        ("a pipe", lambda path: (path.unlink(), os.mkfifo(path))),
        ("a link to itself", lambda path: (path.unlink(), path.symlink_to(path))),
    ):
        folder = shutil.copytree(finished, tmp_path / what)
        change(folder / name)
        with pytest.raises(InvalidValueError, match=re.escape(name)):
            fitted(folder, resume=True)


@pytest.mark.fit
def test_what_a_killed_write_left_is_removed_and_does_no_harm(
    fitted, begun, unbroken, tmp_path, assert_same
):
    names = [".checkpoint-x1y2", ".fit-x1.json", ".parameters-a.json", ".learning_curve-b.csv"]
    for name in names:
        (tmp_path / name).write_bytes(begun[: len(begun) // 2])
    assert_same(fitted(tmp_path), unbroken())  # also where the first write was killed
    assert not [file for file in tmp_path.iterdir() if file.name.startswith(".")]
    again = tmp_path / "again"
    again.mkdir()
    (again / "checkpoint").write_bytes(begun)
    (again / names[0]).write_bytes(b"")
    assert_same(fitted(again, resume=True), unbroken())
    assert not (again / names[0]).exists()


@pytest.mark.fit
def test_a_folder_in_which_a_fit_runs_is_refused(fitted, begun, tmp_path):
    (tmp_path / "checkpoint").write_bytes(begun)
    with files.held(tmp_path), pytest.raises(InvalidValueError, match="another process fits in"):
        fitted(tmp_path, resume=True)
    assert [file.name for file in tmp_path.iterdir()] == ["checkpoint"]
    (tmp_path / files.LOCK).touch()  # of a process that was killed
    fitted(tmp_path, resume=True)
    assert not (tmp_path / files.LOCK).exists()


# ---- processes that are ended from without ----


@pytest.fixture
def command(few_types, tmp_path):
    """Words of the command that makes a fit of LONGER, and of its folder."""
    nfs.save_connectome(few_types, tmp_path / "connectome")
    (tmp_path / "longer.json").write_text(json.dumps(LONGER.to_dict()))
    words = ["fit", "longer.json", "--connectome", "connectome", "--out", "out"]
    return [NEUROFLYSIM, *words]


def started(words, folder):
    """Start a command as a shell in a terminal does: in a group of its own."""
    return subprocess.Popen(
        words,
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=on_one_core,
    )


def on_one_core():
    """Has a process begin with one thread: the code for that is compiled already."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})


def wait_until(condition, process, seconds=300):
    until = time.monotonic() + seconds
    while not condition():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < until
        time.sleep(0.01)


def generations_in(folder):
    try:
        return len(Checkpoint.load(folder).rows)
    except InvalidValueError:  # not yet there
        return 0


@pytest.mark.fit
def test_a_process_that_was_killed_goes_on_to_the_same_end(
    command, fitted, unbroken, tmp_path, assert_same
):
    folder = tmp_path / "out"
    with started([*command, "--seed", str(SEED), "--processes", "1"], tmp_path) as process:
        wait_until(lambda: generations_in(folder) >= 3, process)
        process.kill()
    assert process.returncode == -signal.SIGKILL
    assert 3 <= generations_in(folder) < LONGER.stages[0].generations
    assert_same(fitted(folder, LONGER, resume=True), unbroken(LONGER))


def children_of(process):
    psutil = pytest.importorskip("psutil", reason="comes with dask[distributed]")
    return psutil.Process(process.pid).children(recursive=True)


def assert_stopped_cleanly(process, children, out):
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does on Ctrl-C
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Traceback" not in said and "Error" not in said
    assert f"Stopped. {out} holds all that was done" in said
    assert not [child for child in children if child.is_running()]
    *_, again = said.strip().splitlines()
    return shlex.split(again)


@pytest.mark.fit
def test_ctrl_c_stops_cleanly_and_says_how_to_go_on(
    command, few_types, unbroken, tmp_path, monkeypatch
):
    words = [*command, "--seed", str(SEED), "--processes", "1"]
    with started(words, tmp_path) as process:
        wait_until(lambda: generations_in(tmp_path / "out") >= 2, process)
        again = assert_stopped_cleanly(process, children_of(process), "out")
    assert 2 <= generations_in(tmp_path / "out") < LONGER.stages[0].generations
    assert again == ["neuroflysim", *words[1:], "--resume"]
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", again)
    with pytest.raises(SystemExit) as end:
        main()
    assert not end.value.code
    end = nfs.load_parameters(tmp_path / "out" / "parameters.json", few_types)
    assert end == unbroken(LONGER).parameters


@pytest.mark.fit
def test_ctrl_c_stops_the_fits_of_several_seeds_and_all_of_their_processes(
    command, fitted, unbroken, tmp_path, assert_same
):
    folders = [tmp_path / "out" / name for name in ("003", "004")]
    words = [*command, "--seeds", "3:5", "--processes", "2"]
    with started(words, tmp_path) as process:
        # Not in both: the one may begin when the other has come to its end.
        wait_until(lambda: any(generations_in(folder) >= 2 for folder in folders), process)
        children = children_of(process)
        assert len(children) >= 2
        again = assert_stopped_cleanly(process, children, "out")
    assert again == ["neuroflysim", *words[1:], "--resume"]
    assert not all(files.is_finished(folder) for folder in folders)
    for folder, seed in zip(folders, (3, 4), strict=True):
        assert_same(fitted(folder, LONGER, seed, resume=True), unbroken(LONGER, seed))
