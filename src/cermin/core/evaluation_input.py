"""All that one agency's result depends on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from cermin.core.moments import CountTable
from cermin.core.population import Frame
from cermin.core.result import Provenance
from cermin.core.scheme import ItemKind, Method, Questionnaire, ValueSet
from cermin.core.votes import VoteOptions


@dataclass(frozen=True)
class EvaluationInput:
    """Counts, frame, rules and evidence of one agency in one year.

    Attributes
    ----------
    evidence
        Worksheet score of each unit that has one, 0..100; empty when there is none: the headline
        is then the implementation index, whatever the method.
    minimum
        Minimum of respondents set for this agency; None: by the rule of the method.
    crossing
        Stratum variable of the one breakdown; None: no breakdown.
    vote_options
        Meaning of the options of a votes questionnaire, for the sub-indices.
    """

    table: CountTable
    frame: Frame
    method: Method
    questionnaire: Questionnaire
    value_set: ValueSet
    provenance: Provenance
    evidence: Mapping[str, float] = field(default_factory=dict)
    minimum: int | None = None
    crossing: str | None = None
    vote_options: VoteOptions | None = None
    rows_read: int = 0
    rows_empty: int = 0

    @property
    def ipsative(self) -> bool:
        """Whether answers are choices of k: reliability and correlations are then meaningless."""
        return any(item.kind is ItemKind.CHOOSE_K for item in self.questionnaire.items)
