"""A fresh futures exchange for each test."""

import pytest
from perp_world import PerpWorld


@pytest.fixture
def perp() -> PerpWorld:
    return PerpWorld()
