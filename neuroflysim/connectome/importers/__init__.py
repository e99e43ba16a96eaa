"""Converters of published connectomes to the three tables of neuroflysim: one file each."""
