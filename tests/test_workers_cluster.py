"""A fit by the workers of a Dask cluster is that of one process, whatever happens to them."""

import asyncio
import os
import signal
import subprocess
import sys
import time

import dask
import pytest

import neuroflysim as nfs
from neuroflysim.errors import InvalidValueError
from neuroflysim.fit.several import fit_seeds
from neuroflysim.workers import cluster as clusters
from neuroflysim.workers.cluster import DaskWorkers

pytestmark = pytest.mark.slow

RECIPE = nfs.Recipe(
    readout="all",
    pooling=1,
    textures=2,
    stages=(
        nfs.Stage(evaluations=32, population=8, step_size=0.3),
        nfs.Stage(evaluations=8, population=8, step_size=0.2),
    ),
)


@pytest.fixture(scope="module")
def distributed():
    return pytest.importorskip("distributed", reason='pip install "neuroflysim[cluster]"')


@pytest.fixture(scope="module")
def cluster(distributed):
    """A cluster of somebody else, with one worker."""
    settings = {"n_workers": 1, "threads_per_worker": 1, "dashboard_address": None}
    with distributed.LocalCluster(**settings) as cluster:
        yield cluster


@pytest.fixture(scope="module")
def fitted(few_types):
    def fitted(**options):
        return nfs.fit(RECIPE, 5, connectome=few_types, threads=1, progress=False, **options)

    return fitted


@pytest.fixture(scope="module")
def alone(fitted):
    return fitted(processes=1)


@pytest.mark.fit
def test_a_local_cluster_one_of_whose_workers_is_killed_comes_to_the_same_end(
    distributed, fitted, alone, monkeypatch, assert_same
):
    submit, count, found = DaskWorkers.submit, iter(range(1000)), []

    def submit_and_kill(workers, *call):
        piece = submit(workers, *call)
        number = next(count)
        if number == 5:  # in the midst of the second generation
            time.sleep(0.01)
            found.extend(workers._client.run(os.getpid).values())
            os.kill(found[0], signal.SIGKILL)
        return piece

    monkeypatch.setattr(DaskWorkers, "submit", submit_and_kill)
    assert_same(fitted(cluster="local", processes=2), alone)
    assert len(set(found)) == 2 and os.getpid() not in found
    with pytest.raises(ProcessLookupError):
        os.kill(found[0], 0)  # whoever finished its work was another


@pytest.mark.fit
def test_a_worker_with_several_threads_is_refused(distributed, fitted):
    settings = {"n_workers": 1, "threads_per_worker": 2, "dashboard_address": None}
    with (  # in this process: nothing is asked of it
        distributed.LocalCluster(**settings, processes=False, protocol="tcp") as cluster,
        pytest.raises(InvalidValueError, match="has 2 threads, but must have one: start it by"),
    ):
        fitted(cluster=cluster.scheduler_address)


@pytest.mark.fit
def test_a_cluster_at_an_address_comes_to_the_same_end_and_stays(
    cluster, fitted, alone, assert_same
):
    assert_same(fitted(cluster=cluster.scheduler_address), alone)
    with DaskWorkers(cluster.scheduler_address) as workers:
        assert workers.n_workers == 1
        assert workers.submit(divmod, 7, 2).result() == (3, 1)


@pytest.mark.fit
@pytest.mark.usefixtures("no_stability_check")
def test_recordings_and_flow_are_fitted_at_an_address_as_in_this_process(
    cluster, recorded_flashes, few_types, assert_same
):
    both = nfs.WeightedSum({recorded_flashes: 1, nfs.FlowTask(RECIPE): 0.5})
    options = {"connectome": few_types, "threads": 1, "progress": False}
    here = nfs.fit(both, 5, processes=1, **options)
    there = nfs.fit(both, 5, cluster=cluster.scheduler_address, **options)
    assert_same(there, here)


@pytest.mark.fit
def test_fits_of_several_seeds_on_a_cluster_are_those_made_one_by_one(
    cluster, few_types, alone, tmp_path, assert_same
):
    fits = fit_seeds(
        RECIPE, [5, 6], tmp_path, connectome=few_types, cluster=cluster.scheduler_address,
        progress=False,
    )  # fmt: skip
    assert [one.record["seed"] for one in fits] == [5, 6]
    assert_same(fits[0], alone)
    assert fits[1].parameters != alone.parameters
    assert sorted(path.name for path in tmp_path.iterdir()) == ["005", "006", "fits.csv"]
    stored = nfs.load_parameters(tmp_path / "005" / "parameters.json", few_types)
    assert stored == alone.parameters


def test_a_script_without_a_main_guard_may_ask_for_a_local_cluster(distributed, tmp_path):
    script = tmp_path / "fit.py"
    script.write_text(
        "print('once')\n"
        "from neuroflysim.workers.cluster import DaskWorkers\n"
        "with DaskWorkers('local', 1) as workers:\n"
        "    print(workers.submit(divmod, 7, 2).result())\n"
    )
    run = subprocess.run([sys.executable, script], capture_output=True, text=True, timeout=200)
    assert run.stdout.splitlines() == ["once", "(3, 1)"] and run.returncode == 0, run.stderr


def test_a_cluster_on_this_machine_lets_nobody_in_without_its_certificate(distributed):
    before = dask.config.get("scheduler", None)
    with DaskWorkers("local", 1) as workers:
        # Elsewhere in the process Dask computes as its user wants it to.
        assert dask.config.get("scheduler", None) == before
        address = workers._cluster.scheduler.scheduler_address
        assert address.startswith("tls://127.0.0.1")
        workers.submit(divmod, 7, 2).result()
        (worker,) = workers._client.scheduler_info(n_workers=-1)["workers"]
        assert worker.startswith("tls://")
        foreign = distributed.Security.temporary()
        for security in (None, foreign):
            for place in (address, address.replace("tls://", "tcp://")):
                assert not lets_in(distributed, place, security)


def lets_in(distributed, address, security):
    """Whether a client gets in; what keeps it out is Dask's business, and depends on the load."""
    options = {"security": security, "set_as_default": False}
    try:
        with distributed.Client(address, timeout=2, **options):
            return True
    except (Exception, asyncio.CancelledError):
        return False


def test_without_cryptography_a_cluster_on_this_machine_names_what_to_install(
    distributed, monkeypatch
):
    monkeypatch.setitem(sys.modules, "cryptography", None)
    with pytest.raises(InvalidValueError, match=r'cryptography.*"neuroflysim\[cluster\]"'):
        DaskWorkers("local", 1)


def test_a_scheduler_without_workers_is_told_and_given_up(distributed, monkeypatch, capsys):
    monkeypatch.setattr(clusters, "UNTIL_TOLD", 0.1)
    monkeypatch.setattr(clusters, "UNTIL_GIVEN_UP", 1)
    empty = distributed.LocalCluster(
        n_workers=0, dashboard_address=None, processes=False, protocol="tcp"
    )
    with (
        empty,
        DaskWorkers(empty.scheduler_address) as workers,
        pytest.raises(nfs.SimulationError, match=r"had no worker for .* minutes; start some"),
    ):
        workers.submit(divmod, 7, 2).result()
    told = capsys.readouterr().err
    assert told.count("has no worker; waiting for one") == 1 and empty.scheduler_address in told


def test_a_worker_of_another_version_or_without_the_package_is_told(cluster, monkeypatch):
    with DaskWorkers(cluster.scheduler_address) as workers:
        monkeypatch.setattr(clusters, "__version__", "9.9")
        with pytest.raises(InvalidValueError, match=r"has neuroflysim .* started with 9\.9"):
            workers.submit(divmod, 7, 2).result()
        piece = workers.submit(divmod, 7, 2)
        missing = ModuleNotFoundError("No module named 'neuroflysim'", name="neuroflysim")

        def fail(**_):
            raise missing

        monkeypatch.setattr(piece.future, "result", fail)
        with pytest.raises(InvalidValueError, match=r"no neuroflysim .*install version"):
            piece.result()


def test_an_error_of_the_call_itself_is_no_waiting(cluster):
    with DaskWorkers(cluster.scheduler_address) as workers, pytest.raises(TimeoutError):
        workers.submit(_times_out).result()


def _times_out():
    raise TimeoutError("of the call")


def test_what_a_worker_of_a_cluster_raises_is_raised_here(cluster):
    with DaskWorkers(cluster.scheduler_address) as workers:
        with pytest.raises(ZeroDivisionError):
            workers.submit(divmod, 1, 0).result()
        with pytest.raises(nfs.errors.InvalidTypeError, match="folder is needed, not 7"):
            workers.submit(nfs.fit, RECIPE, 5, 7).result()


def test_without_dask_the_message_names_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(InvalidValueError, match=r'pip install "neuroflysim\[cluster\]"'):
        nfs.fit(RECIPE, cluster="local")


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:9", "no address"])
def test_an_address_where_nobody_answers_is_told_with_a_cure(distributed, address, monkeypatch):
    monkeypatch.setattr(clusters, "PATIENCE", 1)
    with pytest.raises(InvalidValueError, match=r"no Dask scheduler answers at .*start one with"):
        nfs.fit(RECIPE, cluster=address)
