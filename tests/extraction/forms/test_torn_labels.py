"""Labels, units and heads that narrow columns tore over lines, in text that programs made of pages."""

from __future__ import annotations

from decimal import Decimal

from extraction.forms.extract import extract_forms
from extraction.forms.model import Form
from extraction.readers.dispatch import read_document


def forms_of(text: str) -> list[Form]:
    return extract_forms(read_document(text.encode(), "report.txt"))


def values_of(form: Form, row: str) -> list[Decimal | None]:
    return [cell.value for cell in form.cells if cell.row == row]


BEFORE = """青禾县水务局2023年政府信息公开工作年度报告
三、收到和处理政府信息公开申请情况
一、本年新收政府信息公开申请数量 5 1 0 0 0 0 6
（五）不予处理 3.要求提供公开出版物 1 2 3 4 5 6 21
5.要求行政机关确认或重新出具已获取信息 7 2 3 4 5 6 27
"""


def test_a_label_s_second_line_goes_with_its_figures_where_the_first_is_a_label_too() -> None:
    [form] = forms_of(BEFORE + "2.申请人逾期未按收费通知要求缴纳费用、\n行政机关不再处理其政府信息公开申请\n1 20 3 4 5 6 39\n3.其他 9 8 7 6 5 4 39\n")
    assert values_of(form, "other.fee_unpaid") == [1, 20, 3, 4, 5, 6, 39]
    assert values_of(form, "other.rest") == [9, 8, 7, 6, 5, 4, 39]


def test_a_figure_that_touches_its_label_is_a_value() -> None:
    [form] = forms_of(BEFORE + "3.其他9 8 7 6 5 4 39\n（七）总计11 12 13 14 15 16 81\n")
    assert values_of(form, "total") == [11, 12, 13, 14, 15, 16, 81]
    assert values_of(form, "other.rest") == [9, 8, 7, 6, 5, 4, 39]


def test_a_merged_head_s_second_line_beside_a_label_is_no_label() -> None:
    [form] = forms_of(
        BEFORE
        + "     （六）其他\n"
        + "           2.申请人逾期未按收费通知要求缴纳费用、\n"
        + "      处理                                        1     20      3       4        5    6    39\n"
        + "             行政机关不再处理其政府信息公开申请\n\n"
        + "                             3.其他               9      8      7       6        5    4    39\n"
    )
    assert values_of(form, "other.fee_unpaid") == [1, 20, 3, 4, 5, 6, 39]
    assert values_of(form, "other.rest") == [9, 8, 7, 6, 5, 4, 39]


HEAD = """青禾县水务局2016年政府信息公开工作年度报告
政府信息公开情况统计表
序号 统计指标                                     单位   统计数

"""


def test_a_unit_torn_over_two_lines_is_the_unit_of_its_row() -> None:
    [form] = forms_of(HEAD + """49   七、依申请公开信息收取的费用                          万    1780
                                             元
     八、机构建设和保障经费情况
50   （一）政府信息公开工作专门机构数                      个    31
51   （二）设置政府信息公开查阅点数                       个    27
52   （三）从事政府信息公开工作人员数                      人    23
53   1.专职人员数                                人    8
54   2.兼职人员数                                人    15
     九、政府信息公开会议和培训情况
56   （一）召开政府信息公开工作会议或专题会议数                 次    4
57   （二）举办各类培训班数                           次    2
58   （三）接受培训人员数                            人    96
                                             次
""")
    found = {cell.row: (cell.value, cell.unit) for cell in form.cells}
    assert found["fees"] == (Decimal(1780), "万元")
    assert found["training.participants"] == (Decimal(96), "人次")
    assert form.value("institution.staff", "count") == 23


def test_a_unit_between_a_running_number_and_a_figure_belongs_to_the_figure() -> None:
    [form] = forms_of(HEAD + """    （一）主动公开政府信息数（不同渠道和方式公开相同信息
1                                            条 2
    计1条）
2   其中：主动公开规范性文件数                            条 41
3   制发规范性文件总数                                件 15
    （二）通过不同渠道和方式公开政府信息的情况
4   1.政府公报公开政府信息数                            条 16
5   2.政府网站公开政府信息数                            条 17
6   3.政务微博公开政府信息数                            条 18
7   4.政务微信公开政府信息数                            条 19
""")
    assert [form.value(row, "count") for row in ("proactive.total", "proactive.normative_documents")] == [2, 41]


def test_figures_below_the_heads_of_several_groups_are_not_given_to_the_last_one() -> None:
    heads = "结果维持\n\n结果纠正\n\n其他结果\n\n尚未审结\n\n总计\n\n"
    [form] = forms_of(
        "青禾县水务局2023年政府信息公开工作年度报告\n四、政府信息公开行政复议、行政诉讼情况\n行政复议\n\n行政诉讼\n\n未经复议直接起诉\n\n"
        f"{heads}2\n\n0\n\n1\n\n0\n\n3\n\n复议后起诉\n\n{heads}五、存在的主要问题及改进情况\n力度不够。\n"
    )
    assert form.form == "review"
    assert [cell.value for cell in form.cells] == [None] * 15


def test_a_rule_of_dashes_below_a_table_is_no_row_of_blanks() -> None:
    [form] = forms_of(
        "青禾县水务局2023年政府信息公开工作年度报告\n四、政府信息公开行政复议、行政诉讼情况\n\n"
        "  ---------- ---------- ------------------ ------------\n"
        "             行政复议   行政诉讼\n"
        "                        未经复议直接起诉   复议后起诉\n"
        "  结果维持   2          0                  1\n"
        "  结果纠正   3          0                  0\n"
        "  其他结果   0          4                  0\n"
        "  尚未审结   0          0                  0\n"
        "  总计       5          4                  1\n"
        "  ---------- ---------- ------------------ ------------\n\n五、存在的主要问题及改进情况\n力度不够。\n"
    )
    assert values_of(form, "review") == [2, 3, 0, 0, 5]
    assert values_of(form, "litigation_after_review") == [1, 0, 0, 0, 1]


def test_a_figure_on_the_first_line_of_a_label_is_not_the_next_row_s() -> None:
    rows = (("（一）", 26, "收到申\n请数"), ("1.当面", 5, "申请数"), ("2.传真", 2, "申请数"), ("3.网络", 7, "申请数"), ("4.信函", 12, "申请数"))
    text = "\n".join(f"{begin}  {figure}\n{rest}" for begin, figure, rest in rows)
    [form] = forms_of(f"青禾县水务局2016年政府信息公开工作年度报告\n政府信息公开情况统计表\n{text}\n（二）申  9\n请办结\n数\n")
    found = [cell.value for cell in form.cells if cell.row.startswith("requests.received")]
    assert found == [26, 5, 2, 7, 12]
