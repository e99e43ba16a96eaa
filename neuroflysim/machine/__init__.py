"""The machine that this runs on: its cores, its memory, its processor."""
