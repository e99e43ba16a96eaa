"""The connectome: tables, their validation, the embedded data, and importers."""

from neuroflysim.connectome.comparing import compare_connectomes
from neuroflysim.connectome.connectome import Connectome, checked_connectome, require_columnar
from neuroflysim.connectome.folder import load_connectome, save_connectome
from neuroflysim.connectome.network import Network
from neuroflysim.connectome.pools import Pool

__all__ = [
    "Connectome",
    "Network",
    "Pool",
    "checked_connectome",
    "compare_connectomes",
    "load_connectome",
    "require_columnar",
    "save_connectome",
]
