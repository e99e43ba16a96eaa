"""Every module is found where its name says, and what is public can be sent to other processes."""

import copy
import pickle
import pkgutil
import sys
from functools import reduce

import pytest

import neuroflysim as nfs

#: Libraries in which one file is one function of the same name, and the package finds it.
LIBRARIES = ("neuroflysim.analysis.", "neuroflysim.protocols.")


MODULES = [
    module.name
    for module in pkgutil.walk_packages(nfs.__path__, "neuroflysim.")
    if not module.name.startswith(LIBRARIES)
    and not module.name.endswith(("__main__", ".convert"))  # what is run, not imported
]


#: What imports the extra 'cuda', which may be absent.
OF_CUDA = [
    "neuroflysim.simulation.devices.cuda_one_source",
    "neuroflysim.simulation.lattice_engine.cuda_code",
]


def reached(name):
    """Return what stands where a module's name leads, one part after the other."""
    return reduce(getattr, name.split(".")[1:], sys.modules["neuroflysim"])


@pytest.mark.parametrize("names", [sorted({*MODULES} - {*OF_CUDA}), OF_CUDA], ids=["all", "cuda"])
def test_a_module_is_imported_and_reached_by_its_name(names, imported):
    modules = {name: imported(name) for name in names}
    assert modules
    assert not {name: reached(name) for name in names if reached(name) is not modules[name]}


def test_the_package_of_fits_is_called_as_its_function():
    scope = {}
    exec("import neuroflysim.fit.run\nrun = neuroflysim.fit.run", scope)
    assert scope["run"].fit is nfs.fit.fit
    assert nfs.RECIPES is nfs.fit.RECIPES and "flow" in nfs.RECIPES
    with pytest.raises(nfs.InvalidValueError, match="recipe"):
        nfs.fit("flwo")
    assert pickle.loads(pickle.dumps(nfs.fit)) is copy.deepcopy(nfs.fit) is nfs.fit


def test_what_is_public_is_there():
    assert not [name for name in nfs.__all__ if getattr(nfs, name, None) is None]
