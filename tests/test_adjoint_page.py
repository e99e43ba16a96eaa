"""What the page on gradients shows runs."""

import re
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest

pytestmark = [pytest.mark.docs, pytest.mark.compile]

PAGE = (Path(__file__).parents[1] / "docs" / "gradients.md").read_text()
FIRST, OF_TORCH = re.findall(r"^```python\n(.*?)^```$", PAGE, re.M | re.S)


def test_the_first_example_gives_the_gradient_of_its_loss():
    names = {}
    exec(compile(FIRST, "page", "exec"), names)
    start, program = names["start"], names["program"]
    gradients = names["gradients"].to_vector()[0]
    assert gradients.shape == start.to_vector().shape
    assert names["loss"] > 0 and program is not None


def test_pytorch_differentiates_through_the_network(start):
    torch = pytest.importorskip("torch")
    nfs, ms = import_module("neuroflysim"), import_module("brian2").ms
    names = {}
    exec(compile(OF_TORCH, "page", "exec"), names)
    frames = np.random.default_rng(0).uniform(size=(1, 4, 7))
    vectors = torch.tensor(start.to_vector()[None], requires_grad=True)
    with nfs.compile(
        frames, connectome=start.connectome, extent=1, time_step=20 * ms, initial="rest"
    ) as program:
        voltage = names["Voltage"].apply(vectors, program, start)
        (voltage**2).sum().backward()
        wanted = program.pullback(start, lambda known: 2 * known).to_vector()
    np.testing.assert_allclose(vectors.grad.numpy(), wanted, rtol=1e-12)
