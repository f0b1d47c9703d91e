"""The report's body, year, title and date."""

import pytest

from extraction.metadata import Metadata, find_metadata
from extraction.readers.text import read
from extraction.sections import find_sections

BODY = "\n一、总体情况\n2021年，全区共召开会议3次，参照2020年经验和2019年做法推进工作。\n二、主动公开政府信息情况\n共发布信息20条。\n"


def metadata(text: str) -> Metadata:
    document = read(text.encode(), "x")
    return find_metadata(document, find_sections(document))


@pytest.mark.parametrize(
    ("title", "agency", "year"),
    [
        ("云岫区财政局2021年政府信息公开工作年度报告", "云岫区财政局", 2021),
        ("云岫区财政局 2021 年度政府信息公开\n工作年度报告", "云岫区财政局", 2021),
        ("2021年云岫区财政局政府信息公开年度报告", "云岫区财政局", 2021),
        ("云岫区财政局关于2021年政府信息公开工作情况的报告", "云岫区财政局", 2021),
        ("云岫区人民政府办公室\n2021年政府信息公开\n年度报告", "云岫区人民政府办公室", 2021),
        ("云岫区财政局二〇二一年度政府信息公开工作报告", "云岫区财政局", 2021),
        ("云岫学院2020—2021学年信息公开工作报告", "云岫学院", 2021),
        ("云岫镇中心学校2021年度校务公开工作报告", "云岫镇中心学校", 2021),
    ],
)
def test_title_names_body_and_year(title: str, agency: str, year: int) -> None:
    found = metadata(title + "\n发布时间：2022-01-13 15:46 来源：云岫区财政局" + BODY)
    assert found.agency == agency
    assert found.year == year
    assert found.published == "2022-01-13"


def test_the_year_is_the_report_s_not_the_first_in_the_text() -> None:
    text = (
        "根据2019年修订的条例和2018年的部署，编制本报告。统计期限为2021年1月1日至2021年12月31日。" + BODY
    )
    assert metadata(text).year == 2021


def test_the_signature_gives_body_and_date_where_the_head_is_silent() -> None:
    found = metadata("政府信息公开工作年度报告" + BODY + "云岫区财政局\n2022年1月7日\n")
    assert (found.agency, found.published) == ("云岫区财政局", "2022-01-07")


def test_a_dated_page_inside_the_body_is_no_publication() -> None:
    text = "云岫区财政局2021年政府信息公开工作年度报告" + BODY + "发布时间：2020-05-13 来源：局办公室\n" + "其他内容较多。" * 60
    assert metadata(text).published is None
