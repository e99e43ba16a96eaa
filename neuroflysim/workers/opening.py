"""Starting the workers that `processes` and `cluster` ask for, and ending them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from neuroflysim import checks
from neuroflysim.machine.cores import available_cores
from neuroflysim.workers.contract import Workers
from neuroflysim.workers.local import LocalWorkers


@contextmanager
def open_workers(
    processes: int | None = 1, cluster: str | None = None, *, alone: bool = True
) -> Iterator[Workers | None]:
    """Have workers at hand; whatever ends the context ends them, Ctrl-C included.

    Parameters
    ----------
    processes : int, optional
        Of this machine. As many as there are cores, if not given.
    cluster : str, optional
        Address of a Dask scheduler, whose workers are taken instead; "local" for a cluster of
        `processes` on this machine.
    alone : bool
        Whether this process works alone if it is to be one: then nothing is started.

    Yields
    ------
    Workers or None
        None where this process works alone.

    Raises
    ------
    InvalidValueError
        If the number makes no sense, or no scheduler answers.

    Examples
    --------
    >>> with open_workers(1) as workers:
    ...     print(workers)
    None
    >>> with open_workers(2) as workers:
    ...     print(workers.submit(divmod, 7, 2).result())
    (3, 1)
    """
    n_processes = available_cores() if processes is None else processes
    checks.whole_number("processes", n_processes, 1)
    if cluster is not None:
        from neuroflysim.workers.cluster import DaskWorkers

        with DaskWorkers(cluster, processes) as workers:
            yield workers
    elif n_processes == 1 and alone:
        yield None
    else:
        with LocalWorkers(n_processes) as workers:
            yield workers
