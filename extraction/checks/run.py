"""All checks of a report, errors first."""

from __future__ import annotations

from collections.abc import Sequence

from extraction.checks.agreement import Support, check_facts_against_forms
from extraction.checks.fact_checks import check_facts
from extraction.checks.findings import Finding
from extraction.checks.form_checks import check_absent_forms, check_form
from extraction.checks.page_checks import check_pages
from extraction.checks.text_checks import check_text_against_forms
from extraction.document import Document
from extraction.forms.model import Form
from extraction.narrative.model import Fact
from extraction.sections import Section

_ORDER = {"error": 0, "warning": 1, "info": 2}


def run_checks(
    document: Document,
    forms: Sequence[Form],
    sections: Sequence[Section],
    facts: Sequence[Fact],
    support: Sequence[Support],
    year: int | None,
) -> list[Finding]:
    """Findings by severity, then by place.

    Args:
        document, forms, sections, facts: Of the report.
        support: What `supports` says of the facts.
        year: The report's.
    """
    findings = [found for form in forms for found in check_form(form)]
    findings.extend(check_absent_forms(forms, sections, year))
    findings.extend(check_text_against_forms(document, forms, sections, year))
    by_wording = [found.evidence[0] for found in findings if found.rule == "text.form"]
    findings.extend(
        found
        for found in check_facts_against_forms(facts, support)
        if not any(place.start < found.evidence[0].end and found.evidence[0].start < place.end for place in by_wording)
    )
    findings.extend(check_facts(document, facts, forms, sections))
    findings.extend(check_pages(document))
    return sorted(
        findings,
        key=lambda found: (_ORDER[found.severity], found.evidence[0].start if found.evidence else 0),
    )
