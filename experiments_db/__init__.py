"""The database of published measurements: one folder a study. It holds no study yet."""
