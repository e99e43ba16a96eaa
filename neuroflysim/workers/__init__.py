"""Processes that share work: on this machine, or on the machines of a Dask cluster.

`open_workers` starts them, `spread` deals out pieces of work and collects what comes of them, and
`Workers` says what they can do.
"""

from neuroflysim.workers.contract import Workers
from neuroflysim.workers.opening import open_workers
from neuroflysim.workers.spreading import spread

__all__ = ["Workers", "open_workers", "spread"]
