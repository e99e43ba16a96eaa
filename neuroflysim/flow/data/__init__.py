"""Photographs in the public domain; provenance.json tells from where each comes."""
