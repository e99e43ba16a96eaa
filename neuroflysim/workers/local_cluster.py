"""A Dask cluster on this machine that no other user and no other process can enter.

The scheduler is a part of this process. Its workers are started by a command of their own: Dask
would start them with `multiprocessing`, which runs the script of the user again in each of them.
Whoever talks to either must show a certificate that was made for this cluster and is on no disk.
"""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys

from neuroflysim.errors import InvalidValueError, SimulationError

#: How often the scheduler gives work to other workers after its own died.
MOST_DEATHS = 1000

#: Seconds after which workers end by themselves that cannot reach the scheduler.
ALONE = 60

#: Seconds in which workers start.
TO_START = 120

#: Seconds in which workers end that were asked to.
TO_END = 10


class LocalCluster:
    """A scheduler in this process, and workers of one thread each.

    Parameters
    ----------
    n_workers : int

    Attributes
    ----------
    scheduler : distributed.LocalCluster
        For `distributed.Client`; it has the certificate.
    """

    def __init__(self, n_workers: int):
        import dask
        import distributed

        security = _certificate(distributed)
        settings = {
            "distributed.scheduler.allowed-failures": MOST_DEATHS,
            "distributed.scheduler.http.routes": [],  # pages that anybody could read
        }
        with dask.config.set(settings):  # pyright: ignore[reportPrivateImportUsage]  (documented)
            self.scheduler = distributed.LocalCluster(
                n_workers=0,
                protocol="tls",
                security=security,
                dashboard_address=None,  # pyright: ignore[reportArgumentType]  (none is allowed)
                silence_logs=logging.CRITICAL,
            )
        self._workers = _started(self.scheduler.scheduler_address, n_workers, security)

    def require_alive(self, seconds_alone: float) -> None:
        """Raise if there is no worker for so long that none will come."""
        if self._workers.poll() is not None or seconds_alone > TO_START:
            raise SimulationError(
                "the workers on this machine ended or did not start; take fewer processes if the"
                " memory is short, or leave the cluster out."
            )

    def close(self) -> None:
        """End the workers and the scheduler."""
        self._workers.terminate()
        try:
            self._workers.wait(TO_END)
        except subprocess.TimeoutExpired:  # those that it started, too
            os.killpg(self._workers.pid, signal.SIGKILL)
            self._workers.wait()
        self.scheduler.close()


def _certificate(distributed):
    try:
        return distributed.Security.temporary()
    except ImportError as error:
        raise InvalidValueError(
            f"a cluster on this machine needs cryptography, or others on it could run code in its"
            f' workers ({error}); pip install "neuroflysim[cluster]".'
        ) from None


def _started(address: str, n_workers: int, security) -> subprocess.Popen:
    """Start the workers; the command sees to it that one that dies is replaced.

    The certificate goes through the environment, which only the same user can read.
    """
    place = "DASK_DISTRIBUTED__COMM__"
    certificate = {
        f"{place}REQUIRE_ENCRYPTION": "True",
        f"{place}TLS__CA_FILE": security.tls_ca_file,
        f"{place}TLS__WORKER__CERT": security.tls_worker_cert,
        f"{place}TLS__WORKER__KEY": security.tls_worker_key,
    }
    path = os.pathsep.join(map(os.path.abspath, sys.path))
    # A session of its own: Ctrl-C in a terminal goes to all processes of a session.
    return subprocess.Popen(
        [
            *(sys.executable, "-P", "-m", "distributed.cli.dask_worker", address),
            *("--nworkers", str(n_workers), "--nthreads", "1", "--no-dashboard"),
            *("--death-timeout", str(ALONE)),
        ],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        env={**os.environ, **certificate, "PYTHONPATH": path},
    )
