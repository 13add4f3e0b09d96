"""The published holdout table (shared/data/published.md): CDNOW, 39 weeks of calibration and 39 of holdout."""

from __future__ import annotations

import numpy as np
import pytest
from tests.insight.firm.real import cdnow, number

from regulars import stats
from regulars.insight.baselines import Plain
from regulars.insight.panel import Alike
from regulars.insight.rounds import read_panel, rounds

pytestmark = pytest.mark.data

ORIGIN, HOLDOUT = number(1997, 9, 30), 273
MODELS = {
    "BG/NBD": stats.BetaGeoNBD,
    "MBG/NBD": stats.ModifiedBetaGeoNBD,
    "Pareto/NBD": stats.ParetoNBD,
    "NBD": stats.NBD,
}
# part, model, parameters in weeks, log-likelihood, MAE, RMSE, correlation, predicted
TABLE = [
    ("sample", "BG/NBD", (0.2426, 4.4136, 0.7929, 2.4259), -9582.43, 0.7855, 1.6080, 0.6256, 1653.4),
    ("sample", "MBG/NBD", (0.5248, 6.1831, 0.8914, 1.6140), -9582.14, 0.7648, 1.6072, 0.6273, 1576.7),
    ("sample", "Pareto/NBD", (0.5533, 10.5777, 0.6062, 11.6687), -9594.98, 0.7545, 1.6028, 0.6302, 1665.5),
    ("sample", "NBD", (0.3848, 12.0720), -9763.66, 1.0410, 1.8595, 0.5834, 2929.8),
    ("sample", "own_rate", None, None, 1.0237, 2.2119, 0.5839, 2930.1),
    ("master", "BG/NBD", (0.2516, 4.7889, 0.7234, 2.1611), -95368.44, 0.8187, 1.7329, 0.6688, 16873.7),
    ("master", "MBG/NBD", (0.6371, 7.3103, 0.8075, 1.2284), -95336.96, 0.7945, 1.7396, 0.6696, 15933.6),
    ("master", "Pareto/NBD", (0.5974, 11.5857, 0.5222, 8.8278), -95415.12, 0.7938, 1.7262, 0.6708, 17153.2),
    ("master", "NBD", (0.3872, 12.2712), -96845.34, 1.0546, 1.8594, 0.6514, 29008.4),
]
ACTUAL = {"sample": (2357, 2457, 1882), "master": (23570, 24337, 19684)}


def turn_of(folder, part):
    panel = read_panel(cdnow(folder, part), ORIGIN + HOLDOUT, most=10**6)
    return rounds(panel, HOLDOUT, [ORIGIN])[0]


@pytest.mark.parametrize("part", ["sample", "master"])
def test_the_holdout_is_the_published_one(test_data, part):
    turn = turn_of(test_data, part)
    assert (turn.past.size, turn.past.x.sum(), turn.actual.sum()) == ACTUAL[part]


@pytest.mark.parametrize(("part", "name", "parameters", "loglik", "mae", "rmse", "corr", "predicted"), TABLE)
def test_published_holdout_accuracy(test_data, part, name, parameters, loglik, mae, rmse, corr, predicted):
    turn = turn_of(test_data, part)
    past = turn.past
    if parameters is None:
        expected = Plain(name, HOLDOUT, 0.0, []).expected(HOLDOUT, past.x, past.T, past.recent)
    else:
        alike = Alike.of(past)
        weeks = (alike.x, alike.t_x / 7, alike.T / 7)
        model = MODELS[name](prior=False).fit(*weeks, alike.weight)
        assert tuple(model.params_.values()) == pytest.approx(parameters, rel=3e-3)
        assert model.loglik_ == pytest.approx(loglik, abs=0.03)
        expected = model.expected(HOLDOUT / 7, *weeks)[alike.group]
    miss = expected - turn.actual
    assert np.abs(miss).mean() == pytest.approx(mae, abs=2e-4)
    assert np.sqrt((miss**2).mean()) == pytest.approx(rmse, abs=2e-4)
    assert np.corrcoef(expected, turn.actual)[0, 1] == pytest.approx(corr, abs=2e-4)
    assert expected.sum() == pytest.approx(predicted, rel=5e-4)
