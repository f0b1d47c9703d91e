"""The catalogue: every code of the guide, references that exist, and a user's own entries."""

from __future__ import annotations

from pathlib import Path

import pytest

from extraction.forms.definitions import load_definitions
from extraction.narrative.catalogue import (
    CatalogueError,
    FormCell,
    Measure,
    Select,
    load_catalogue,
)

CODES = """
    pub.total pub.notice pub.news pub.policy pub.policy_issued pub.policy_repealed
    pub.policy_in_force pub.interpretation pub.catalog pub.key_area pub.budget pub.website
    pub.wechat pub.weibo pub.new_media pub.video pub.gazette pub.press pub.interview
    pub.consultation pub.response pub.message pub.hotline pub.column pub.system pub.institution
    pub.personnel pub.plan pub.meeting pub.enforcement pub.other pub.electronic pub.electronic_rate
    pub.interpretation_rate pub.response_rate pub.response_satisfaction_rate pub.opinions
    pub.opinions_adopted pub.hearing pub.media app.received app.carried_in app.answered app.granted
    app.partial app.denied app.unavailable app.not_processed app.other app.carried_out
    app.on_time_rate app.fee app.by_channel app.natural_person app.organisation app.reason
    app.extended app.already_public legal.review legal.review_upheld legal.review_corrected
    legal.review_other legal.review_pending legal.litigation legal.litigation_upheld
    legal.litigation_corrected legal.litigation_other legal.litigation_pending legal.complaint
    legal.accountability svc.items svc.immediate_items svc.immediate_rate svc.online_items
    svc.online_rate svc.full_online_items svc.full_online_rate svc.once_items svc.once_rate
    svc.nearby_items svc.nearby_rate svc.time_cut_rate svc.material_cut svc.material_cut_rate
    svc.step_cut_rate svc.visit_cut_rate svc.one_thing svc.one_license svc.cases svc.cross_region
    svc.guides svc.windows svc.terminals svc.exempt_materials svc.certificates svc.satisfaction_rate
    svc.users svc.consultations svc.zero_visit_items svc.zero_visit_rate svc.delegated_items
    svc.data_volume svc.assistance permit.cases penalty.cases penalty.amount coercion.cases
    fee.amount procurement.count procurement.amount power.items reg.items reg.lists reg.records
    reg.inspections prop.total prop.npc prop.cppcc prop.lead prop.assist prop.npc_lead
    prop.npc_assist prop.cppcc_lead prop.cppcc_assist prop.closed prop.closed_rate
    prop.satisfaction_rate prop.published org.meetings org.trainings org.trained org.inspections
    org.issues_found org.issues_fixed org.reviews org.activities org.materials org.funding org.staff
    org.departments org.accounts org.visits org.venues org.compliance_rate rel.share rel.change
"""

PROACTIVE_CELLS = {
    "regulations": "issued repealed in_force made newly_public total_public",
    "normative_documents": "issued repealed in_force made newly_public total_public",
    "other_documents": "made newly_public total_public",
    "licensing": "handled items_last_year items_change",
    "other_services": "handled items_last_year items_change",
    "penalty": "handled items_last_year items_change",
    "coercion": "handled items_last_year items_change",
    "fees": "amount items_last_year items_change",
    "procurement": "count amount",
}
REQUEST_ROWS = """
    new_received carried_in granted partial denied denied.state_secret denied.prohibited_by_law
    denied.security_stability denied.third_party denied.internal_affairs denied.process_information
    denied.enforcement_file denied.administrative_query unavailable unavailable.not_held
    unavailable.needs_creation unavailable.unclear not_processed not_processed.petition
    not_processed.repeated not_processed.publication not_processed.mass_requests
    not_processed.confirmation other other.not_corrected other.fee_unpaid other.rest total
    carried_out
"""
REQUEST_COLUMNS = "natural_person commercial research social legal_service other total"
REVIEW_ROWS = "review litigation_direct litigation_after_review"
REVIEW_COLUMNS = "upheld corrected other pending total"
CONTRACT_CELLS = {
    *(
        FormCell("proactive", row, column)
        for row, names in PROACTIVE_CELLS.items()
        for column in names.split()
    ),
    *(
        FormCell("requests", row, column)
        for row in REQUEST_ROWS.split()
        for column in REQUEST_COLUMNS.split()
    ),
    *(FormCell("review", row, column) for row in REVIEW_ROWS.split() for column in REVIEW_COLUMNS.split()),
}

NEW_ENTRY = """
[codes."tax.refunds"]
name_zh = "退税"
name_en = "Tax refunds"
definition = "办理的退税笔数。"
unit = "笔"
kind = "count"
wordings = ["退税", "留抵退税"]
"""


@pytest.fixture
def user_file(tmp_path: Path) -> Path:
    return tmp_path / "my.toml"


def test_every_code_of_the_guide_is_there_and_no_other() -> None:
    assert list(load_catalogue()) == CODES.split()
    assert len(load_catalogue()) == 146


def test_every_indicator_has_wordings_enough_to_be_found_by() -> None:
    for indicator in load_catalogue().values():
        assert 5 <= len(indicator.wordings) <= 30, indicator.code
        assert indicator.definition.endswith("。"), indicator.code
        assert (indicator.unit == "%") == (indicator.kind is Measure.RATE), indicator.code
        assert (indicator.unit == "元") == (indicator.kind is Measure.MONEY), indicator.code


def test_form_cells_exist_in_the_output_contract() -> None:
    # The contract leaves the rows of this form to the project's own form file.
    (statistics,) = (form for form in load_definitions() if form.form == "statistics")
    cells = CONTRACT_CELLS | {FormCell("statistics", row.id, "count") for row in statistics.rows if row.columns}
    for indicator in load_catalogue().values():
        assert set(indicator.form_cells) <= cells, indicator.code


@pytest.mark.parametrize(
    ("code", "cells"),
    [
        ("app.received", {("requests", "new_received", "total"), ("statistics", "requests.received", "count")}),
        ("app.answered", {("requests", "total", "total"), ("statistics", "requests.handled", "count")}),
        ("app.natural_person", {("requests", "new_received", "natural_person")}),
        ("permit.cases", {("proactive", "licensing", "handled")}),
        ("fee.amount", {("proactive", "fees", "amount")}),
        (
            "legal.litigation",
            {
                ("review", "litigation_direct", "total"),
                ("review", "litigation_after_review", "total"),
                ("statistics", "litigation", "count"),
            },
        ),
        (
            "app.unavailable",
            {
                ("requests", "unavailable.not_held", "total"),
                ("requests", "unavailable.needs_creation", "total"),
                ("requests", "unavailable.unclear", "total"),
            },
        ),
        ("svc.items", set()),
    ],
)
def test_a_figure_that_a_form_repeats_names_its_cells(code: str, cells: set[tuple[str, str, str]]) -> None:
    assert {(cell.form, cell.row, cell.column) for cell in load_catalogue()[code].form_cells} == cells


@pytest.mark.parametrize(
    ("child", "parent", "allowed"),
    [
        ("prop.npc", "prop.total", True),
        ("prop.npc_lead", "prop.npc", True),
        ("prop.npc_lead", "prop.cppcc", False),
        ("svc.immediate_rate", "svc.immediate_items", True),
        ("rel.share", "org.visits", True),
        ("prop.total", "prop.npc", False),
    ],
)
def test_parents_follow_the_guide(child: str, parent: str, allowed: bool) -> None:
    assert load_catalogue()[child].can_be_part_of(parent) is allowed


def test_a_user_adds_an_indicator(user_file: Path) -> None:
    user_file.write_text(NEW_ENTRY, encoding="utf-8")
    catalogue = load_catalogue(user_file)
    assert len(catalogue) == 147
    assert catalogue["tax.refunds"].wordings == ("退税", "留抵退税")
    assert catalogue["tax.refunds"].select is Select.ITEM
    assert "tax.refunds" not in load_catalogue()


def test_an_override_changes_only_the_keys_that_it_gives(user_file: Path) -> None:
    user_file.write_text('[codes."pub.gazette"]\nwordings = ["县府公报"]\n', encoding="utf-8")
    own, changed = load_catalogue()["pub.gazette"], load_catalogue(user_file)["pub.gazette"]
    assert changed.wordings == ("县府公报",)
    assert (changed.name_zh, changed.unit, changed.channels) == (own.name_zh, own.unit, own.channels)


def test_later_files_win(tmp_path: Path) -> None:
    first, second = tmp_path / "a.toml", tmp_path / "b.toml"
    first.write_text(NEW_ENTRY, encoding="utf-8")
    second.write_text('[codes."tax.refunds"]\nunit = "户次"\n', encoding="utf-8")
    assert load_catalogue(first, second)["tax.refunds"].unit == "户次"


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ('[codes."pub.total"]\nwording = ["信息"]\n', "unknown key; did you mean wordings?"),
        ('[codes."pub.total"]\nwordings = "信息"\n', "expected a list of texts"),
        ('[codes."pub.total"]\nwordings = []\n', "expected at least one"),
        ('[codes."pub.total"]\nwordings = ["信息", "信息"]\n', "given twice: 信息"),
        ('[codes."pub.total"]\nunit = 3\n', "expected a text, found 3"),
        ('[codes."pub.total"]\nkind = "percent"\n', "expected one of count, rate, money"),
        ('[codes."pub.total"]\nselect = "verb"\n', "expected one of item, both, action"),
        ('[codes."svc.windows"]\nselect = "both"\n', "missing, but select is both"),
        ('[codes."pub.total"]\nparents = ["pub.all"]\n', "unknown code 'pub.all'"),
        ('[codes."pub.total"]\nform_cell = "requests.total"\n', "expected form.row.column"),
        ('[codes."pub.total"]\nform_cell = "letters.row.column"\n', "expected form.row.column"),
        ('[codes."tax.refunds"]\nunit = "笔"\n', "name_zh: missing"),
        ('[codes."Tax"]\nunit = "笔"\n', "expected lower-case words"),
        ('[codes]\n"tax.refunds" = 3\n', "expected a table, found 3"),
        ("[indicators]\n", "expected tables"),
        ("[codes\n", "not a TOML file"),
    ],
)
def test_a_broken_file_is_refused_with_its_name_and_place(
    user_file: Path, content: str, complaint: str
) -> None:
    user_file.write_text(content, encoding="utf-8")
    with pytest.raises(CatalogueError) as raised:
        load_catalogue(user_file)
    assert str(user_file) in str(raised.value)
    assert complaint in str(raised.value)
