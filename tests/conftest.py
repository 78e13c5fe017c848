"""Settings that every test shares."""

from __future__ import annotations

import os

from hypothesis import settings

# Several workers share the cores: one thread each, set before torch is imported.
if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ.setdefault("OMP_NUM_THREADS", "1")

# The same examples on every run of CI, fresh ones at home; a slow machine is no failure.
settings.register_profile("ci", deadline=None, max_examples=50, derandomize="CI" in os.environ)
settings.load_profile("ci")
