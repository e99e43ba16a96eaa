"""Fitting the free parameters to a task by CMA-ES."""
