"""White noise in equations: Brian2's `xi`, and `xi_` with a name where there are several."""

from __future__ import annotations

from brian2 import Equations, get_dimensions, second

#: Times the square root of a time step it is a plain number with a variance of 1.
NOISE_DIMENSION = get_dimensions(second**-0.5)


def noise_names(parsed: Equations) -> tuple[str, ...]:
    """Return the names of all noise in equations, in the order in which they are numbered."""
    return tuple(sorted(parsed.stochastic_variables))


def noise_trouble(parsed: Equations) -> str:
    """Return what about the noise in equations Euler's method cannot integrate; "" if nothing.

    Its strength may change with the input, which holds over a step, but not with the state: what
    such noise means depends on where in a step the state is taken (Ito, Stratonovich).

    Examples
    --------
    >>> noise_trouble(Equations("dv/dt = -v/second + 0.1*xi*second**-0.5 : 1"))
    ''
    """
    for name, expression in parsed.get_substituted_expressions():
        try:
            _, factors = expression.split_stochastic()
        except (ValueError, AssertionError):
            return (
                f"the equation of {name!r} is not a sum of something and of noise times something;"
                " let it use xi in a term like sigma*xi"
            )
        for noise, factor in (factors or {}).items():
            states = sorted(factor.identifiers & parsed.diff_eq_names)
            if states:
                return (
                    f"in the equation of {name!r} the strength of {noise} depends on {states[0]!r},"
                    " which changes within a step, so that Euler's method would not integrate what"
                    " Brian2 means by it; let the strength depend on constants, parameters or the"
                    " input only"
                )
            others = sorted(factor.identifiers & parsed.stochastic_variables)
            if others:
                return (
                    f"the equation of {name!r} multiplies {noise} by {others[0]}, but noise can"
                    " only be added; give each a term of its own, like sigma*xi"
                )
    return ""
