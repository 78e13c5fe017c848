"""The linear chain over slot types: how likely a whole sequence is, and which is the likeliest.

Conditional random field of Lafferty, McCallum and Pereira (2001). The place before the first unit counts as "no slot".
"""

from __future__ import annotations

import torch
from torch import Tensor

__all__ = ["chain_loss", "likeliest"]


def chain_loss(emissions: Tensor, transitions: Tensor, gold: Tensor, mask: Tensor) -> Tensor:
    """Negative log-likelihood [B] of `gold` [B, T] under `emissions` [B, T, S] and `transitions` [S from, S to].

    `mask` [B, T] is 1 on a prefix of each row; a row without a unit costs nothing.
    """
    before = torch.cat([torch.zeros_like(gold[:, :1]), gold[:, :-1]], dim=1)
    steps = emissions.gather(-1, gold.unsqueeze(-1)).squeeze(-1) + transitions[before, gold]
    weights = transitions.exp()
    alpha = emissions[:, 0] + transitions[0]
    for place in range(1, emissions.shape[1]):
        # Sums of exponentials as one matrix product; subtracting the largest keeps them in range.
        top = alpha.amax(dim=-1, keepdim=True).detach()
        moved = ((alpha - top).exp() @ weights).clamp_min(1e-30).log() + top + emissions[:, place]
        alpha = torch.where(mask[:, place : place + 1] > 0, moved, alpha)
    return torch.logsumexp(alpha, dim=-1) * mask[:, 0] - (steps * mask).sum(1)


@torch.no_grad()
def likeliest(emissions: Tensor, transitions: Tensor, mask: Tensor) -> Tensor:
    """The most likely types [B, T] (Viterbi); 0 where `mask` is 0."""
    score, steps = emissions[:, 0] + transitions[0], []
    for place in range(1, emissions.shape[1]):
        best, source = (score.unsqueeze(-1) + transitions).max(dim=1)
        present = mask[:, place : place + 1] > 0
        score = torch.where(present, best + emissions[:, place], score)
        steps.append(torch.where(present, source, torch.arange(source.shape[1], device=source.device)))
    path = [score.argmax(-1)]
    for source in reversed(steps):
        path.append(source.gather(1, path[-1].unsqueeze(1)).squeeze(1))
    return torch.stack(path[::-1], dim=1) * (mask > 0)
