"""Firms to report on, and the report of the whole one, made once."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.report import firms

from regulars.insight.figures import Firm
from regulars.report import html
from regulars.report.view import About


@pytest.fixture(params=list(firms.FIRMS))
def firm(request: pytest.FixtureRequest) -> Firm:
    """Each of the made-up firms in turn."""
    return firms.FIRMS[request.param]()


@pytest.fixture
def about() -> About:
    return About(name="Kohvik & <Pood> OÜ", cautions=("14 rows of the last import were set aside.",))


@pytest.fixture(scope="session")
def repeat_page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The HTML report of the healthy shop with hostile names."""
    firm = firms.repeat_shop()
    path = tmp_path_factory.mktemp("report") / "report.html"
    html.write(firm, firms.hostile_names(firm), path, about=About(name="Kohvik & <Pood> OÜ"))
    return path
