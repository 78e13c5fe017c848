"""How long to soak: `--parses 1000000`."""

from __future__ import annotations

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """Adds the option, which exists where this folder is named on the command line."""
    parser.addoption("--parses", type=int, default=50_000, help="parses of the soak test")


@pytest.fixture
def parses(request: pytest.FixtureRequest) -> int:
    """Number of parses."""
    return int(request.config.getoption("--parses", default=50_000))
