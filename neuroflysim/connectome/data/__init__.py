"""The embedded connectome: three CSV tables and where they came from (provenance.json)."""
