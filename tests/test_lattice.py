"""Laws of the hexagonal lattice."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neuroflysim import lattice
from neuroflysim.lattice import Lattice

extents = st.integers(0, 12)
coordinates = st.integers(-50, 50)


@given(extents)
def test_a_lattice_holds_exactly_the_columns_within_its_extent(extent):
    columns = Lattice(extent=extent).columns
    assert len(columns) == Lattice(extent=extent).n_columns == len({tuple(c) for c in columns})
    assert lattice.hexagonal_distance(*columns.T).max() == extent


@given(extents)
def test_columns_are_ordered_by_u_and_then_by_v(extent):
    columns = [tuple(c) for c in Lattice(extent=extent).columns]
    assert columns == sorted(columns)


@given(extents)
def test_the_central_column_stands_in_the_middle(extent):
    own = Lattice(extent=extent)
    assert (own.columns[own.n_columns // 2] == 0).all()


@given(coordinates, coordinates)
def test_six_neighbours_lie_at_distance_one_and_60_degrees_apart(u, v):
    steps = np.array([(1, 0), (0, 1), (-1, 1), (-1, 0), (0, -1), (1, -1)])
    x, y = lattice.position(u + steps[:, 0], v + steps[:, 1])
    x0, y0 = lattice.position(u, v)
    assert np.hypot(x - x0, y - y0) == pytest.approx(np.ones(6))
    angles = np.sort(np.degrees(np.arctan2(y - y0, x - x0)) % 360)
    assert np.diff(angles) == pytest.approx(np.full(5, 60))
    assert (lattice.hexagonal_distance(*steps.T) == 1).all()


@given(st.tuples(coordinates, coordinates), st.tuples(coordinates, coordinates))
def test_hexagonal_distance_is_the_length_of_the_shortest_walk(a, b):
    (du, dv) = np.subtract(a, b)
    # A walk along the two axes nearest to the difference is a shortest one.
    walk = abs(du) + abs(dv) if du * dv > 0 else max(abs(du), abs(dv))
    assert lattice.hexagonal_distance(du, dv) == walk


def test_a_stride_of_3_and_2_leaves_7_25_and_123_cells_at_extents_3_6_and_15():
    counts = [lattice.on_stride(*Lattice(extent=e).columns.T, 3, 2).sum() for e in (3, 6, 15)]
    assert counts == [7, 25, 123]
