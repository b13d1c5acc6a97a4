"""Files go side by side, each whole; the failures of the one site stay together, in their order."""

from pathlib import Path

import pytest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        inner = item.path.relative_to(here) if item.path.is_relative_to(here) else None
        if inner is not None:
            item.add_marker(pytest.mark.xdist_group(inner.parts[0]))
