"""The map of the rooms."""

from importlinter.cli import lint_imports


def test_rooms_import_downwards_only(monkeypatch, request):
    """The import contracts of pyproject.toml hold."""
    monkeypatch.chdir(request.config.rootpath)
    assert lint_imports(no_cache=True) == 0
