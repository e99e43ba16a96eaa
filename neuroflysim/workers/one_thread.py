"""Linear algebra by one thread: BLAS with other numbers of threads returns other last digits.

A result must not depend on where it is computed. Matrices are small here, and more threads would
only wait for each other.
"""

from threadpoolctl import threadpool_limits


def one_thread() -> threadpool_limits:
    """Return a context in which BLAS and LAPACK use one thread."""
    return threadpool_limits(1, user_api="blas")
