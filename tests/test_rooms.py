"""The map of the rooms."""

from graphlib import TopologicalSorter

import grimp
from importlinter.cli import lint_imports


def test_rooms_import_downwards_only(monkeypatch, request):
    """The import contracts of pyproject.toml hold."""
    monkeypatch.chdir(request.config.rootpath)
    assert lint_imports(no_cache=True) == 0


def test_no_modules_import_each_other(monkeypatch, request):
    """No circle of imports, inside of functions neither; those for types alone do not count."""
    monkeypatch.chdir(request.config.rootpath)
    graph = grimp.build_graph("nncli", exclude_type_checking_imports=True, cache_dir=None)
    imports = {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}
    TopologicalSorter(imports).prepare()  # raises where there is one, and names it
