"""Which papers a case allows: what a kind asks of the registers (``when`` in catalogue.toml) against the facts of the case."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ssj_docs.facts.case_facts import CaseFacts, needs_transfer
from ssj_docs.model.office import Office
from ssj_docs.model.paper_kind import CONDITIONS, DocumentKind

_HOLDS: Mapping[str, Callable[[CaseFacts, Office], bool]] = {
    "transfer": needs_transfer,
    "received": lambda fact, _: any(map(fact.has, ("transferred", "transfer_letter", "confirmed"))),
    "closed": lambda fact, _: fact.has("closed"),
}


def unmet(kind: DocumentKind, fact: CaseFacts, office: Office) -> list[str]:
    """What the registers do not say of the case though a paper of this kind asks it, in Chinese."""
    return [CONDITIONS[name] for name in kind.when if not _HOLDS[name](fact, office)]
