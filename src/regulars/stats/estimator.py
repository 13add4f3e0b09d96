"""The shape that every model here shares: fit, fitted attributes, standard errors, draws, and a JSON-able form."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, Self

import numpy as np

from regulars.base.errors import BadInput
from regulars.stats.arrays import Floats
from regulars.stats.optimum import Optimum, Surface, climb
from regulars.stats.priors import Term, together

LARGEST_SPREAD = 5.0
"""Standard deviations on the log scale are capped here: a factor of 150 either way already says "unknown"."""

_kinds: dict[str, type[Estimator]] = {}


class Estimator:
    """A parametric model whose parameters are all positive and are estimated on the log scale.

    prior : add the model's weak proper prior (default), or False for plain maximum likelihood.

    Attributes after `fit`: `params_` by name; `covariance_` of the log parameters; `loglik_` without the prior;
    `converged_`, False when the maximum lies at the edge of what is allowed; `n_` customers.
    """

    names: ClassVar[tuple[str, ...]] = ()
    bounds: ClassVar[tuple[tuple[float, float], ...]] = ()
    """Least and greatest value of each parameter; far outside what data of people can ask for."""

    params_: dict[str, float]
    covariance_: Floats
    loglik_: float
    converged_: bool
    n_: float

    def __init__(self, *, prior: bool = True) -> None:
        self.prior = prior

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if cls.names:
            _kinds[cls.__name__] = cls

    def __repr__(self) -> str:
        if not self.fitted:
            return f"{type(self).__name__}(not fitted)"
        return f"{type(self).__name__}({', '.join(f'{k}={v:.4g}' for k, v in self.params_.items())})"

    # -- fitted or not ------------------------------------------------------------------------------------------

    @property
    def fitted(self) -> bool:
        """Whether there are parameters to answer with."""
        return "params_" in self.__dict__

    def _values(self) -> tuple[float, ...]:
        """The parameters in the order of `names`. Raises BadInput before `fit`."""
        if not self.fitted:
            raise BadInput(f"This {type(self).__name__} has no parameters yet: call fit or with_params first.")
        return tuple(self.params_[name] for name in self.names)

    @property
    def standard_errors_(self) -> dict[str, float]:
        """Standard error of each parameter (delta method from the log scale); 0 where parameters were given."""
        values = self._values()
        spread = np.sqrt(np.diag(self.covariance_))
        return {name: value * float(s) for name, value, s in zip(self.names, values, spread, strict=True)}

    # -- making one without data --------------------------------------------------------------------------------

    @classmethod
    def with_params(cls, **params: float) -> Self:
        """A model with these parameters, as if fitted, without data or uncertainty."""
        model = cls()
        model._accept(params)
        return model

    def _accept(self, params: Mapping[str, float]) -> None:
        if set(params) != set(self.names):
            raise BadInput(f"{type(self).__name__} needs the parameters {', '.join(self.names)}.")
        for name in self.names:
            if not (np.isfinite(params[name]) and params[name] > 0):
                raise BadInput(f"The parameter {name} must be a positive number, not {params[name]}.")
        self.params_ = {name: float(params[name]) for name in self.names}
        self.covariance_ = np.zeros((len(self.names), len(self.names)))
        self.loglik_, self.converged_, self.n_ = 0.0, True, 0.0

    def draws(self, n: int, rng: np.random.Generator) -> list[Self]:
        """n models whose parameters are drawn from the normal approximation on the log scale.

        Draws stay within four standard deviations, within `bounds` and, with the prior, above the drop-out floor.
        """
        centre = np.log(self._values())
        sizes, axes = np.linalg.eigh(self.covariance_)
        noise = np.clip(rng.standard_normal((n, centre.size)), -4.0, 4.0)
        logs = centre + (noise * np.sqrt(np.maximum(sizes, 0.0))) @ axes.T
        low, high = self._box()
        return [self._drawn(np.clip(point, low, high)) for point in logs]

    def _drawn(self, logs: Floats) -> Self:
        model = self._blank()
        model._accept(dict(zip(self.names, np.exp(self._allowed(logs)).tolist(), strict=True)))
        return model

    def _blank(self) -> Self:
        """An unfitted model with this one's settings."""
        return type(self)(prior=self.prior)

    def _allowed(self, logs: Floats) -> Floats:
        """The nearest log parameters that the prior allows; models with a floor override this."""
        return logs

    # -- JSON ---------------------------------------------------------------------------------------------------

    def to_dict(self) -> dict[str, Any]:
        """Everything needed to build this fitted model again, as plain JSON-able values."""
        self._values()
        return {
            "model": type(self).__name__,
            "prior": self.prior,
            "params": dict(self.params_),
            "covariance": self.covariance_.tolist(),
            "loglik": self.loglik_,
            "converged": self.converged_,
            "n": self.n_,
        }

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Estimator:
        """The model that `to_dict` described, of whichever class. Raises BadInput for an unknown one."""
        kind = _kinds.get(str(stored.get("model")))
        if kind is None or not issubclass(kind, cls):
            raise BadInput(f"There is no {cls.__name__} called {stored.get('model')!r}.")
        model = kind(prior=bool(stored["prior"]))
        model._restore(stored)
        return model

    def _restore(self, stored: Mapping[str, Any]) -> None:
        self._accept(stored["params"])
        self.covariance_ = np.array(stored["covariance"], dtype=np.float64)
        self.loglik_, self.n_ = float(stored["loglik"]), float(stored["n"])
        self.converged_ = bool(stored["converged"])

    # -- fitting ------------------------------------------------------------------------------------------------

    def _prior_terms(self) -> Sequence[Term]:
        return ()

    def _box(self) -> tuple[Floats, Floats]:
        edges = np.log(np.array(self.bounds))
        return edges[:, 0], edges[:, 1]

    def _climb(self, likelihood: Callable[[Floats], Surface], starts: Sequence[Floats], steps: int = 100) -> Optimum:
        """The best optimum of likelihood plus prior over the starts (log scale)."""
        terms = self._prior_terms() if self.prior else ()

        def objective(logs: Floats) -> Surface:
            edge = together(terms, logs)
            return likelihood(logs) + edge if np.isfinite(edge.value) else edge

        low, high = self._box()
        ends = [climb(objective, np.array(start), low, high, steps=steps) for start in starts]
        return max(ends, key=lambda end: end.surface.value)

    def _keep(self, found: Optimum, n: float) -> None:
        """Store an optimum as the fitted attributes."""
        terms = self._prior_terms() if self.prior else ()
        self.params_ = dict(zip(self.names, np.exp(found.point).tolist(), strict=True))
        self.covariance_ = covariance(found.surface.hessian)
        self.loglik_ = found.surface.value - together(terms, found.point).value
        self.converged_, self.n_ = found.converged, n


def covariance(hessian: Floats) -> Floats:
    """Inverse of the observed information; flat directions get the largest spread instead of infinity."""
    sizes, axes = np.linalg.eigh(-hessian)
    spread = 1.0 / np.maximum(sizes, LARGEST_SPREAD**-2)
    return np.asarray((axes * spread) @ axes.T)


def log_starts(*points: tuple[float, ...]) -> list[Floats]:
    """Starting points given as parameters, on the log scale."""
    return [np.log(np.array(point)) for point in points]
