"""Logistic regression for calibration."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_LEAST, _MOST = 1e-4, 1 - 1e-4


def log_odds(probabilities: NDArray[np.float64]) -> NDArray[np.float64]:
    """Of probabilities kept away from 0 and 1. *Shape:* as `probabilities`"""
    kept = np.clip(probabilities, _LEAST, _MOST)
    return np.asarray(np.log(kept / (1 - kept)))


def logistic_regression(
    features: NDArray[np.float64],
    right: NDArray[np.float64],
    *,
    offset: NDArray[np.float64] | None = None,
    ridge: float = 1.0,
) -> NDArray[np.float64]:
    """Weights by Newton's method, with a ridge penalty so that few examples do not make certainty.

    Args:
        features: *Shape:* (facts, features)
        right: 1 where a fact is right, else 0. *Shape:* (facts,)
        offset: Log-odds that each fact has already. *Shape:* (facts,)
        ridge: The penalty's weight.

    Returns: *Shape:* (features,)
    """
    weights = np.zeros(features.shape[1])
    known = np.zeros(len(features)) if offset is None else offset
    for _ in range(25):
        probable = 1 / (1 + np.exp(-(features @ weights + known)))
        gradient = features.T @ (right - probable) - ridge * weights
        curvature = (features * (probable * (1 - probable))[:, None]).T @ features
        weights += np.linalg.solve(curvature + ridge * np.eye(len(weights)), gradient)
    return weights
