"""Every module is found where its name says, and what is public can be sent to other processes."""

import copy
import pickle
import pkgutil
import sys

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


@pytest.mark.parametrize("name", MODULES)
def test_a_module_is_imported_and_reached_by_its_name(name, imported):
    module = imported(name)
    reached = sys.modules["neuroflysim"]
    for part in name.split(".")[1:]:
        reached = getattr(reached, part)
    assert reached is module, f"{name} is hidden by {reached!r}"


def test_the_package_of_fits_is_called_as_its_function():
    scope = {}
    exec("import neuroflysim.fit.run\nrun = neuroflysim.fit.run", scope)
    assert scope["run"].fit is nfs.fit.fit
    assert nfs.RECIPES is nfs.fit.RECIPES and "flow" in nfs.RECIPES
    with pytest.raises(nfs.InvalidValueError, match="recipe"):
        nfs.fit("flwo")
    assert pickle.loads(pickle.dumps(nfs.fit)) is copy.deepcopy(nfs.fit) is nfs.fit


@pytest.mark.parametrize("name", nfs.__all__)
def test_what_is_public_is_there(name):
    assert getattr(nfs, name) is not None
