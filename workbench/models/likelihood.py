# mypy: allow-untyped-defs
"""The fused likelihoods as PyTensor operations, so that a PyMC model can use them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytensor.tensor as pt
from pytensor.gradient import DisconnectedType
from pytensor.graph.basic import Apply, Variable
from pytensor.graph.op import Op
from pytensor.link.numba.dispatch.basic import numba_njit, register_funcify_default_op_cache_key

from workbench.models.kernels import history_kernel, spend_kernel

# Raised when a kernel changes, so that compiled code of an earlier version is not reused.
KERNEL_VERSION = 5


class FusedLogLik(Op):
    """A log-likelihood that returns its own gradient.

    The first output is the log-likelihood; the others are its derivatives by the first
    `parameters` inputs, in order. The remaining inputs are data.
    """

    __props__: tuple[str, ...] = ()
    ndims: tuple[int, ...] = ()
    kernel: Any = None

    def make_node(self, *inputs: Any) -> Apply:
        """Declare a scalar log-likelihood and one derivative for each parameter."""
        variables = [pt.as_tensor_variable(value) for value in inputs]
        outputs = [pt.dscalar(), *(pt.TensorType("float64", (None,) * n)() for n in self.ndims)]
        return Apply(self, variables, outputs)

    def perform(self, node: Apply, inputs: Any, output_storage: Any) -> None:
        """Evaluate outside a compiled graph (tests, prior draws)."""
        scalars = [i.item() if np.ndim(i) == 0 else np.ascontiguousarray(i) for i in inputs]
        for storage, value in zip(output_storage, self.kernel(*scalars), strict=True):
            storage[0] = np.asarray(value)

    def pullback(
        self, inputs: Any, outputs: list[Variable], cotangents: list[Variable]
    ) -> list[Variable]:
        """Gradient of the first output by the parameters."""
        gradient = [cotangents[0] * derivative for derivative in outputs[1:]]
        return gradient + [DisconnectedType()() for _ in inputs[len(self.ndims) :]]

    # PyTensor 2 calls it L_op, PyTensor 3 pullback, with the same arguments; PyTensor 3 warns
    # about an L_op of one's own, so it is only defined where nothing else is called.
    if not hasattr(Op, "pullback"):
        L_op = pullback

    def connection_pattern(self, node: Apply) -> list[list[bool]]:
        """Data inputs carry no gradient."""
        outputs = len(self.ndims) + 1
        return [[i < len(self.ndims)] * outputs for i in range(len(node.inputs))]


class HistoryLogLik(FusedLogLik):
    """Sum of the purchase log-likelihood over collapsed histories, on operational time.

    Parameters
    ----------
    code : int
        Of the purchase family (`workbench.models.families`); MBG/NBD by default.

    Notes
    -----
    Parameters are ``r`` and ``kappa`` (scalars), ``log_rate`` and ``logit_drop`` (one per cohort)
    and ``clock`` (operational time at the end of each calendar day, in weeks); data are the
    arrays of `workbench.models.histories.Histories`.

    References
    ----------
    Batislam, Denizel and Filiztekin (2007), Empirical validation and comparison of models for
    customer base analysis, International Journal of Research in Marketing 24(3).
    """

    __props__ = ("code",)
    ndims = (0, 0, 1, 1, 1)

    def __init__(self, code: int = 1) -> None:
        self.code = code

    def kernel(self, *inputs: Any) -> tuple[Any, ...]:
        """Evaluate value and gradient."""
        return history_kernel(self.code, *inputs)


class SpendLogLik(FusedLogLik):
    """Sum of the Gamma-Gamma log density of mean spends.

    Parameters are ``p`` and ``q`` (scalars, q > 1) and ``log_mean`` (one per cohort); data are the
    arrays of `workbench.models.spend_data.SpendData`.

    References
    ----------
    Fader and Hardie (2013), The Gamma-Gamma Model of Monetary Value, note 025.
    """

    ndims = (0, 0, 1)
    kernel = staticmethod(spend_kernel)


# PyTensor hands scalars over as arrays without dimensions; the kernels work on plain numbers.
@register_funcify_default_op_cache_key(HistoryLogLik)
def _funcify_history_loglik(op: HistoryLogLik, node: Apply, **kwargs: Any) -> Any:
    code = op.code

    @numba_njit
    def history(r, kappa, log_rate, logit_drop, clock, c, f, t, x, w, above, start, ca, cw):
        total, d_r, d_kappa, d_rate, d_drop, d_clock = history_kernel(
            code, r.item(), kappa.item(), log_rate, logit_drop, clock,
            c, f, t, x, w, above, start, ca, cw,
        )  # fmt: skip
        return np.asarray(total), np.asarray(d_r), np.asarray(d_kappa), d_rate, d_drop, d_clock

    return history, KERNEL_VERSION


@register_funcify_default_op_cache_key(SpendLogLik)
def _funcify_spend_loglik(op: SpendLogLik, node: Apply, **kwargs: Any) -> Any:
    @numba_njit
    def spend(p, q, log_mean, cell, spent, customers, days, distinct, count, by_cell, sums):
        total, d_p, d_q, d_mean = spend_kernel(
            p.item(), q.item(), log_mean,
            cell, spent, customers, days, distinct, count, by_cell, sums,
        )  # fmt: skip
        return np.asarray(total), np.asarray(d_p), np.asarray(d_q), d_mean

    return spend, KERNEL_VERSION


spend_loglik = SpendLogLik()
