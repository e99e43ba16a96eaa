"""Mutated files: each kind of file that users hand over, changed in one place and read again.

`mutators` change a file, `kinds` say how a kind of file is made, read and understood, `judging`
says what came of a mutant, `worker` reads mutants in a process of its own and `running` watches
over it. The command is ``benchmarks/mutants.py``.
"""
