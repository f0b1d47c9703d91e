"""The standard forms as they are printed: grids of cells with their spans, filled with given values."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from extraction.forms.definitions import FormDefinition, RowDefinition, definitions_of

Key = tuple[str, str, str]  # form, row, column
Values = dict[Key, str]  # the printed text of each cell; absent keys are printed blank


@dataclass(frozen=True, slots=True)
class PrintedCell:
    """A cell of a printed table over half-open ranges."""

    row: int
    row_end: int
    col: int
    col_end: int
    text: str
    is_value: bool = False


@dataclass(slots=True)
class PrintedTable:
    """A table as printed; `cells` cover every place of the grid once.

    `label_width` is the room of a column of labels in letters' widths (a Chinese character takes two).
    """

    n_rows: int
    n_cols: int
    cells: list[PrintedCell] = field(default_factory=list)
    label_width: int = 16

    def add(self, row: int, col: int, text: str, *, rows: int = 1, cols: int = 1, value: bool = False) -> None:
        self.cells.append(PrintedCell(row, row + rows, col, col + cols, text, value))

    def in_order(self) -> list[PrintedCell]:
        return sorted(self.cells, key=lambda cell: (cell.row, cell.col))


@dataclass(slots=True)
class SyntheticReport:
    """An invented report: its head, its sections' paragraphs and its forms' printed values."""

    agency: str
    year: int
    edition: str
    values: Values
    paragraphs: dict[str, list[str]] = field(default_factory=dict)
    signed: str = ""

    @property
    def title(self) -> str:
        return f"{self.agency}{self.year}年政府信息公开工作年度报告"


HEADINGS = {
    "overview": "一、总体情况",
    "proactive": "二、主动公开政府信息情况",
    "requests": "三、收到和处理政府信息公开申请情况",
    "review": "四、政府信息公开行政复议、行政诉讼情况",
    "problems": "五、存在的主要问题及改进情况",
    "other": "六、其他需要报告的事项",
}
_ARTICLES_2021 = (("（一）", ("regulations", "normative_documents")), ("（五）", ("licensing",)),
                  ("（六）", ("penalty", "coercion")), ("（八）", ("fees",)))  # fmt: skip
_ARTICLES_2019 = (("（一）", ("regulations", "normative_documents")), ("（五）", ("licensing", "other_services")),
                  ("（六）", ("penalty", "coercion")), ("（八）", ("fees",)),
                  ("（九）", ("procurement",)))  # fmt: skip


def definition(form: str, edition: str) -> FormDefinition:
    """The definition of a form's edition (the review form has one for all)."""
    return next(entry for entry in definitions_of(form) if entry.edition in (edition, "any"))


def form_keys(edition: str) -> list[Key]:
    """Every cell that a report of the edition prints, in printed order."""
    return [
        (form, row.id, column)
        for form in (("statistics",) if edition == "2014" else ("proactive", "requests", "review"))
        for row in definition(form, edition).rows
        if not row.merged and not row.local
        for column in row.columns
    ]


def split_rows(table: PrintedTable, at: int) -> tuple[PrintedTable, PrintedTable]:
    """The table torn by a page break before row `at`; a cell over the break goes on blank below."""
    upper, lower = PrintedTable(at, table.n_cols), PrintedTable(table.n_rows - at, table.n_cols)
    for cell in table.cells:
        if cell.row < at:
            upper.cells.append(replace(cell, row_end=min(cell.row_end, at)))
        if cell.row_end > at:
            text = "" if cell.row < at else cell.text
            top = max(cell.row - at, 0)
            lower.cells.append(replace(cell, row=top, row_end=cell.row_end - at, text=text))
    return upper, lower


def proactive_tables(edition: str, values: Values) -> list[PrintedTable]:
    """One table for each article of the regulation that the form names."""
    entry = definition("proactive", edition)
    tables = []
    for article, row_ids in _ARTICLES_2021 if edition == "2021" else _ARTICLES_2019:
        rows = [entry.row(id_) for id_ in row_ids]
        columns = rows[0].columns
        table = PrintedTable(2 + len(rows), 1 + len(columns))
        table.add(0, 0, f"第二十条第{article}项", cols=1 + len(columns))
        table.add(1, 0, "信息内容")
        for number, id_ in enumerate(columns, 1):
            unit = "（单位：万元）" if (id_, edition) == ("amount", "2021") else ""
            table.add(1, number, entry.column(id_).zh + unit)
        for line, row in enumerate(rows, 2):
            table.add(line, 0, row.zh)
            for number, id_ in enumerate(columns, 1):
                table.add(line, number, values.get(("proactive", row.id, id_), ""), value=True)
        tables.append(table)
    return tables


def stack(tables: Sequence[PrintedTable]) -> PrintedTable:
    """Several tables as one, as most reports print the proactive form; narrower ones are stretched."""
    width = max(table.n_cols for table in tables)
    stacked = PrintedTable(sum(table.n_rows for table in tables), width)
    top = 0
    for table in tables:
        for cell in table.cells:
            last = cell.col_end == table.n_cols
            stacked.cells.append(
                PrintedCell(
                    cell.row + top, cell.row_end + top, cell.col, width if last else cell.col_end,
                    cell.text, cell.is_value,
                )
            )  # fmt: skip
        top += table.n_rows
    return stacked


_REQUEST_HEADS = ("商业企业", "科研机构", "社会公益组织", "法律服务机构", "其他")


def requests_table(edition: str, values: Values, *, drop: str | None = None, extra: str | None = None) -> PrintedTable:
    """The form of requests: three columns of heads on the left, seven of values.

    Args:
        edition: 2019 or 2021.
        values: Printed values.
        drop: A row id to leave out.
        extra: A label of a local row to add after the second one (其中：网络申请), filled with 9s.
    """
    rows = [
        row for row in definition("requests", edition).rows if not row.merged and row.id != drop
    ]
    body: list[RowDefinition | None] = list(rows)
    if extra:
        body.insert(2, None)
    table = PrintedTable(3 + len(body), 10)
    note = "（本列数据的勾稽关系为：第一项加第二项之和，等于第三项加第四项之和）"
    table.add(0, 0, note, rows=3, cols=3)
    table.add(0, 3, "申请人情况", cols=7)
    table.add(1, 3, "自然人", rows=2)
    table.add(1, 4, "法人或其他组织", cols=5)
    table.add(1, 9, "总计", rows=2)
    for number, head in enumerate(_REQUEST_HEADS, 4):
        table.add(2, number, head)
    inside = [line for line, row in enumerate(body, 3) if row and row.group]
    table.add(inside[0], 0, "三、本年度办理结果", rows=len(inside))
    for line, row in enumerate(body, 3):
        _request_row(table, line, row, extra, values, rows)
    return table


_GROUP_HEADS = {"不予公开": "（三）不予公开", "无法提供": "（四）无法提供", "不予处理": "（五）不予处理", "其他处理": "（六）其他处理"}


def _request_row(
    table: PrintedTable, line: int, row: RowDefinition | None, extra: str | None, values: Values,
    rows: Sequence[RowDefinition],
) -> None:  # fmt: skip
    if row is None:
        table.add(line, 0, extra or "", cols=3)
        for place in range(3, 10):
            table.add(line, place, "9", value=True)
        return
    if not row.group:
        table.add(line, 0, row.zh, cols=3)
    elif row.group in _GROUP_HEADS:
        members = [other for other in rows if other.group == row.group]
        if row is members[0]:
            table.add(line, 1, _GROUP_HEADS[row.group], rows=len(members))
        table.add(line, 2, row.zh)
    else:
        label = "（二）部分公开（区分处理的，只计这一情形，不计其他情形）" if row.id == "partial" else row.zh
        table.add(line, 1, label, cols=2)
    for number, column in enumerate(row.columns, 3):
        table.add(line, number, values.get(("requests", row.id, column), ""), value=True)


_RESULTS = (("upheld", "结果维持"), ("corrected", "结果纠正"), ("other", "其他结果"), ("pending", "尚未审结"), ("total", "总计"))
_GROUPS = (("review", "行政复议"), ("litigation_direct", "未经复议直接起诉"), ("litigation_after_review", "复议后起诉"))


def review_table(values: Values) -> PrintedTable:
    """The form of reviews and litigation, printed across."""
    table = PrintedTable(4, 15)
    table.add(0, 0, "行政复议", cols=5)
    table.add(0, 5, "行政诉讼", cols=10)
    for number, (_, head) in enumerate(_RESULTS):
        table.add(1, number, head, rows=2)
    for offset, (_, head) in enumerate(_GROUPS[1:], 1):
        table.add(1, 5 * offset, head, cols=5)
        for number, (_, result) in enumerate(_RESULTS):
            table.add(2, 5 * offset + number, result)
    for offset, (group, _) in enumerate(_GROUPS):
        for number, (column, _) in enumerate(_RESULTS):
            table.add(3, 5 * offset + number, values.get(("review", group, column), ""), value=True)
    return table


def transposed_review_table(values: Values) -> PrintedTable:
    """The same form with outcomes down and groups across."""
    table = PrintedTable(2 + len(_RESULTS), 4)
    table.add(0, 0, "", rows=2)
    table.add(0, 1, "行政复议", rows=2)
    table.add(0, 2, "行政诉讼", cols=2)
    for number, (_, head) in enumerate(_GROUPS[1:], 2):
        table.add(1, number, head)
    for line, (column, head) in enumerate(_RESULTS, 2):
        table.add(line, 0, head)
        for number, (group, _) in enumerate(_GROUPS, 1):
            table.add(line, number, values.get(("review", group, column), ""), value=True)
    return table


Block = str | PrintedTable


def report_blocks(
    report: SyntheticReport,
    *,
    one_proactive_table: bool = True,
    review: Callable[[Values], PrintedTable] = review_table,
    requests: Callable[[str, Values], PrintedTable] = requests_table,
) -> list[Block]:
    """The report's headings, paragraphs and tables in order, the title first."""
    proactive = proactive_tables(report.edition, report.values)
    tables: dict[str, list[PrintedTable]] = {
        "proactive": [stack(proactive)] if one_proactive_table else proactive,
        "requests": [requests(report.edition, report.values)],
        "review": [review(report.values)],
    }
    blocks: list[Block] = [report.title, *report.paragraphs.get("front", [])]
    for kind, heading in HEADINGS.items():
        blocks.append(heading)
        blocks.extend(report.paragraphs.get(kind, []))
        blocks.extend(tables.get(kind, []))
    if report.signed:
        blocks.extend([report.agency, report.signed])
    return blocks
