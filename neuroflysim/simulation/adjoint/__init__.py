"""Derivatives of a run: the adjoint of the equations, and what steps it backwards."""
