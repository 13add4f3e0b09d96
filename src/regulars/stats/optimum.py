"""Maximise a smooth function of a few numbers inside a box, by Newton steps that stay uphill.

The objectives here are log-likelihoods of three to five parameters on the log scale with exact curvature. Far from
the top they need not be concave, so each eigenvalue of the curvature counts by its size (saddle-free Newton).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from regulars.stats.arrays import Floats


@dataclass(frozen=True)
class Surface:
    """A function at a point: its value, gradient and matrix of second derivatives."""

    value: float
    gradient: Floats
    hessian: Floats

    def __add__(self, other: Surface) -> Surface:
        return Surface(self.value + other.value, self.gradient + other.gradient, self.hessian + other.hessian)

    @property
    def finite(self) -> bool:
        return bool(np.isfinite(self.value) and np.isfinite(self.gradient).all() and np.isfinite(self.hessian).all())


@dataclass(frozen=True)
class Optimum:
    """Where the climb ended; `converged` is False at the edge of the box or when the steps ran out."""

    point: Floats
    surface: Surface
    converged: bool


LONGEST_STEP = 1.5
"""In units of the log scale: one step changes no parameter by more than a factor of 4.5."""


def climb(
    function: Callable[[Floats], Surface],
    start: Floats,
    low: Floats,
    high: Floats,
    *,
    steps: int = 100,
    tolerance: float = 1e-9,
) -> Optimum:
    """Climb from `start` until a full Newton step would gain less than `tolerance` (in units of `function`)."""
    point = np.clip(start, low, high)
    here = function(point)
    for _ in range(steps):
        step, gain = _newton(here, point, low, high)
        if gain < tolerance:
            inside = bool(((point > low + 1e-9) & (point < high - 1e-9)).all())
            return Optimum(point, here, inside)
        moved = _uphill(function, point, here, step, gain, low, high)
        if moved is None:
            return Optimum(point, here, gain < 1e-4)
        point, here = moved
    return Optimum(point, here, False)


def _newton(here: Surface, point: Floats, low: Floats, high: Floats) -> tuple[Floats, float]:
    """The Newton step within the box's open directions, and the gain that the quadratic promises for it."""
    free = ~(((point <= low) & (here.gradient < 0)) | ((point >= high) & (here.gradient > 0)))
    step = np.zeros_like(point)
    if not free.any():
        return step, 0.0
    sizes, axes = np.linalg.eigh(-here.hessian[np.ix_(free, free)])
    sizes = np.maximum(np.abs(sizes), 1e-10 * max(1.0, float(np.abs(sizes).max())))
    step[free] = axes @ ((axes.T @ here.gradient[free]) / sizes)
    gain = 0.5 * float(step @ here.gradient)
    longest = float(np.abs(step).max())
    if longest > LONGEST_STEP:
        step *= LONGEST_STEP / longest
    return step, gain


def _uphill(
    function: Callable[[Floats], Surface],
    point: Floats,
    here: Surface,
    step: Floats,
    gain: float,
    low: Floats,
    high: Floats,
) -> tuple[Floats, Surface] | None:
    """The first of ever shorter steps that climbs, or None when rounding hides any climb."""
    share = 1.0
    for _ in range(40):
        there = np.clip(point + share * step, low, high)
        surface = function(there)
        slack = 1e-12 * abs(here.value) if gain < 1e-3 else 0.0
        if surface.finite and surface.value > here.value - slack and not np.array_equal(there, point):
            return there, surface
        share *= 0.4
    return None


def by_differences(
    gradient: Callable[[Floats], tuple[float, Floats]], step: float = 1e-5
) -> Callable[[Floats], Surface]:
    """A surface whose curvature comes from central differences of an analytic gradient, for cheap likelihoods."""

    def surface(point: Floats) -> Surface:
        value, slope = gradient(point)
        hessian = np.empty((point.size, point.size))
        for i in range(point.size):
            aside = np.zeros_like(point)
            aside[i] = step
            hessian[i] = (gradient(point + aside)[1] - gradient(point - aside)[1]) / (2 * step)
        return Surface(value, slope, (hessian + hessian.T) / 2)

    return surface


def on_log_scale(value: float, gradient: Floats, hessian: Floats, parameters: Floats) -> Surface:
    """Derivatives by the parameters turned into derivatives by their logarithms."""
    slope = parameters * gradient
    return Surface(value, slope, np.outer(parameters, parameters) * hessian + np.diag(slope))
