"""Work that is dealt out comes back in order, says what went wrong at once, and leaves nothing."""

import io
import os
import sys
import time
import warnings

import pytest

import neuroflysim as nfs
from neuroflysim import progress
from neuroflysim.machine.cores import available_cores, one_core
from neuroflysim.machine.free_memory import free_memory, shared_memory
from neuroflysim.workers import open_workers, spread
from neuroflysim.workers.sending import require_sendable

pytestmark = pytest.mark.slow

#: Workers can call what they can import: this, as a module of its own.
CALLS = '''
import os, time, warnings
from threadpoolctl import threadpool_info

def where(common, piece):
    return common, piece, os.getpid()

def backwards(common, piece):
    """The first pieces take longest."""
    time.sleep(0.3 if piece == 0 else 0)
    return piece

def fails_late(folder, piece):
    open(os.path.join(folder, str(piece)), "w").close()
    if piece == 1:
        raise ZeroDivisionError("of a piece")
    time.sleep(600 if piece == 0 else 0.5)
    return piece

def warns(common, piece):
    from neuroflysim.errors import UnsettledWarning
    warnings.warn("it swings", UnsettledWarning)
    warnings.warn("it swings", UnsettledWarning)
    warnings.warn(f"it moves by {piece}", UnsettledWarning)
    return piece

def resources(common, piece):
    import numpy
    from neuroflysim.machine.cores import available_cores
    from neuroflysim.machine.free_memory import free_memory
    blas = [one["num_threads"] for one in threadpool_info() if one["user_api"] == "blas"]
    return available_cores(), blas, free_memory()

def slow(common, piece):
    time.sleep(0.05)
    return os.getpid()

def unpacked_once(common, piece):
    common.append(piece)
    return len(common)
'''


@pytest.fixture(scope="module")
def calls(module_of):
    """The module of CALLS."""
    with module_of(CALLS, "spread_calls") as module:
        yield module


@pytest.fixture(scope="module")
def workers(calls):
    with open_workers(2) as workers:
        yield workers


def is_running(process_id):
    """Return whether there is a process; one that has ended and waits to be asked is none."""
    try:
        with open(f"/proc/{process_id}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_one_process_starts_no_other_and_several_begin_when_there_is_work():
    with open_workers(1) as alone:
        assert alone is None
    with open_workers(3) as workers:
        assert workers.process_ids == []
        workers.submit(divmod, 7, 2).result()
        workers.submit(divmod, 7, 2).result()
        (process,) = workers.process_ids  # it was idle again
    assert not is_running(process)


@pytest.mark.parametrize("processes", [0, -1, 1.5, "2", True])
def test_a_number_of_processes_that_makes_no_sense_is_refused(processes):
    with pytest.raises(nfs.NeuroFlySimError, match="processes is"), open_workers(processes):
        pass


def test_results_come_in_the_order_of_the_pieces(calls, workers):
    assert list(spread(calls.backwards, range(6), workers)) == list(range(6))
    found = list(spread(calls.where, "abcd", workers, common="together"))
    assert [one[:2] for one in found] == [("together", letter) for letter in "abcd"]
    assert {one[2] for one in found} <= set(workers.process_ids)
    alone = list(spread(calls.where, "abcd", common="together"))
    assert [one[:2] for one in alone] == [one[:2] for one in found]
    assert {one[2] for one in alone} == {os.getpid()}


def test_a_single_piece_is_not_sent_away(calls, workers):
    ((*_, process),) = spread(calls.where, ["a"], workers)
    assert process == os.getpid()


def test_what_pieces_have_in_common_reaches_a_worker_once(calls, workers):
    seen = list(spread(calls.unpacked_once, range(10), workers, common=[]))
    assert max(seen) >= 5


def test_pieces_made_of_the_same_are_given_to_one_worker_and_the_order_stays(calls, workers):
    pieces = range(64)
    found = list(spread(calls.where, pieces, workers, made_of=lambda piece: piece // 4))
    assert [one[1] for one in found] == list(pieces)
    for first in range(0, 64, 4):
        assert len({process for *_, process in found[first : first + 4]}) == 1


def test_work_is_cut_small_enough_for_all_workers_even_if_all_of_it_is_made_of_the_same(
    calls, workers
):
    found = list(spread(calls.slow, range(16), workers, made_of=lambda piece: "the same"))
    assert set(found) == set(workers.process_ids)


def test_the_first_error_is_raised_at_once_and_the_rest_is_not_begun(calls, tmp_path):
    began = time.monotonic()
    with (
        pytest.raises(ZeroDivisionError, match="of a piece"),
        open_workers(2) as workers,
    ):
        list(spread(calls.fails_late, range(40), workers, common=str(tmp_path)))
    assert time.monotonic() - began < 300  # the first piece takes twice as long
    assert len(list(tmp_path.iterdir())) < 20
    assert not any(map(is_running, workers.process_ids))


def test_what_workers_warn_of_is_told_here_once(calls, workers):
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        assert list(spread(calls.warns, [1, 2, 1, 2], workers)) == [1, 2, 1, 2]
    assert all(one.category is nfs.errors.UnsettledWarning for one in told)
    texts = sorted(str(one.message) for one in told)
    assert texts == ["it moves by 1", "it moves by 2", "it swings"]
    with warnings.catch_warnings(), pytest.raises(nfs.errors.UnsettledWarning):
        warnings.simplefilter("error")
        list(spread(calls.warns, [1, 2], workers))


def test_workers_have_a_core_each_and_their_part_of_the_memory(calls, workers):
    for cores, blas, memory in spread(calls.resources, range(4), workers):
        assert cores == 1 and set(blas) == {1}
        assert memory < 0.75 * free_memory()
    ((cores, blas, _),) = spread(calls.resources, [0])
    assert cores == available_cores() and set(blas) == {1}


def test_a_core_and_a_part_of_the_memory_are_given_back():
    cores, memory = available_cores(), free_memory()
    with one_core(), shared_memory(1000):
        assert available_cores() == 1
        assert free_memory() < memory / 10
    assert available_cores() == cores
    assert free_memory() > memory / 10


@pytest.mark.parametrize("processes", [1, 2])
def test_one_bar_is_shown_that_counts_the_pieces(calls, workers, processes, monkeypatch):
    screen = io.StringIO()
    screen.isatty = lambda: True
    monkeypatch.setattr(sys, "stderr", screen)
    chosen = workers if processes == 2 else None
    with progress.progress_bar(True, total=7, unit="model", file=screen, mininterval=0) as bar:
        list(spread(calls.backwards, range(3), chosen, bar=bar))
        list(spread(calls.backwards, range(4), chosen, bar=bar))
        assert bar.n == 7
    monkeypatch.setattr(
        "neuroflysim.workers.spreading.progress_bar",
        lambda shown, **options: progress.progress_bar(shown, file=screen, **options),
    )
    screen.truncate(0)
    list(spread(calls.backwards, range(5), chosen, unit="model"))
    shown = screen.getvalue()
    assert "0/5" in shown and shown.count("0/5") == 1
    screen.truncate(0)
    list(spread(calls.backwards, range(5), chosen, progress=False))
    assert screen.getvalue().strip("\0") == ""


def test_what_cannot_be_sent_is_told_before_the_work_begins(calls, workers):
    require_sendable(None, measure=lambda: 1)
    require_sendable(workers, measure=calls.where, number=7)
    with pytest.raises(nfs.InvalidValueError, match=r"^measure cannot be sent .* processes=1"):
        require_sendable(workers, number=7, measure=lambda: 1)
