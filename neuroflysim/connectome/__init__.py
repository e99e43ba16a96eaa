"""The connectome: tables, their validation, the embedded data, and importers."""

from neuroflysim.connectome.connectome import Connectome, checked_connectome
from neuroflysim.connectome.folder import load_connectome, save_connectome
from neuroflysim.connectome.network import Network

__all__ = ["Connectome", "Network", "checked_connectome", "load_connectome", "save_connectome"]
