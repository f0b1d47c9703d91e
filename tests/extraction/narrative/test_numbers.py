"""The number reader: every way a report writes a quantity, and the numbers that are none."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extraction.narrative.numbers import Kind, find_quantities, read_quantity

DIGITS = "零一二三四五六七八九"
FULL_WIDTH = str.maketrans("0123456789.,", "０１２３４５６７８９．，")
CAPITALS = str.maketrans("一二三四五六七八九十百千", "壹贰叁肆伍陆柒捌玖拾佰仟")


def in_chinese(number: int) -> str:
    """A whole number below 10^12 the way it is spoken: 10305 is 一万零三百零五."""
    for mark, unit in (("亿", 10**8), ("万", 10**4)):
        if number >= unit:
            high, low = divmod(number, unit)
            gap = "零" if low and low < unit // 10 else ""
            return in_chinese(high) + mark + (gap + in_chinese(low) if low else "")
    if number < 10:
        return DIGITS[number]
    parts, pending = "", False
    for mark, unit in (("千", 1000), ("百", 100), ("十", 10), ("", 1)):
        digit = number // unit % 10
        if digit:
            parts += ("零" if pending and parts else "") + DIGITS[digit] + mark
        pending = not digit
    return parts.removeprefix("一") if 10 <= number < 20 else parts


def in_mixed_style(number: int) -> str:
    """2亿5000万3000 for 250003000."""
    yi, rest = divmod(number, 10**8)
    wan, ones = divmod(rest, 10**4)
    return (f"{yi}亿" if yi else "") + (f"{wan}万" if wan else "") + (f"{ones:04}" if ones else "")


WRITERS: dict[str, Callable[[int], str]] = {
    "arabic": str,
    "full width": lambda number: str(number).translate(FULL_WIDTH),
    "thousands": lambda number: f"{number:,}",
    "wide thousands": lambda number: f"{number:,}".translate(FULL_WIDTH),
    "chinese": in_chinese,
    "two as 两": lambda number: in_chinese(number).replace("二千", "两千").replace("二万", "两万"),
    "round nought": lambda number: in_chinese(number).replace("零", "〇"),
    "capitals": lambda number: in_chinese(number).translate(CAPITALS),
    "mixed": in_mixed_style,
    "ten thousands": lambda number: f"{Decimal(number) / 10000:f}万",
}
MEASURE_WORDS = [
    "件",
    "条",
    "项",
    "人次",
    "家次",
    "个",
    "场",
    "篇",
    "份",
    "户",
    "宗",
    "套",
    "期",
    "公里",
    "亩",
    "批次",
]
BEFORE = ["", "近", "约", "超过", "不少于", "逾"]
INSIDE = ["", "余", "多"]
AFTER = ["", "以上", "左右", "以内"]

counts = st.builds(
    lambda number, style, word: (number, WRITERS[style](number) + word, word),
    st.integers(10001, 10**10),
    st.sampled_from(sorted(WRITERS)),
    st.sampled_from(MEASURE_WORDS),
)
approximations = st.one_of(
    st.tuples(st.sampled_from(BEFORE), st.sampled_from(INSIDE), st.just("")),
    st.tuples(st.just(""), st.just(""), st.sampled_from(AFTER)),
)


@given(st.integers(0, 10**11), st.sampled_from(MEASURE_WORDS))
def test_a_number_in_any_style_reads_back(number: int, word: str) -> None:
    for style, write in WRITERS.items():
        if number == 0 and style == "mixed":
            continue
        quantity = read_quantity(write(number) + word)
        assert quantity is not None, (style, write(number))
        assert (quantity.value, quantity.unit) == (Decimal(number), word), style
        assert quantity.kind is Kind.COUNT


@given(st.integers(1, 9999), approximations, st.sampled_from(MEASURE_WORDS))
def test_words_of_approximation_are_given_in_order(
    number: int, words: tuple[str, str, str], unit: str
) -> None:
    before, inside, after = words
    quantity = read_quantity(f"{before}{number}{inside}{unit}{after}")
    assert quantity is not None
    assert quantity.value == number
    assert quantity.approximate == ("+".join(word for word in words if word) or None)


@given(st.decimals(0, 1000, places=2), st.sampled_from(["%", "％", " %", "\n％"]))
def test_percent_is_as_written(value: Decimal, sign: str) -> None:
    quantity = read_quantity(f"{value}{sign}")
    assert quantity is not None
    assert (quantity.value, quantity.unit, quantity.kind) == (value, "%", Kind.PERCENT)


@given(st.decimals(0, 100000, places=4), st.sampled_from([("元", 1), ("万元", 10**4), ("亿元", 10**8)]))
def test_money_is_in_yuan_and_exact(value: Decimal, unit: tuple[str, int]) -> None:
    quantity = read_quantity(f"{value}{unit[0]}")
    assert quantity is not None
    assert (quantity.value, quantity.unit, quantity.kind) == (value * unit[1], "元", Kind.MONEY)


@given(st.integers(1, 10**6), st.integers(1, 6))
def test_a_line_break_inside_the_digits_does_not_change_the_value(number: int, place: int) -> None:
    digits = str(number)
    quantity = read_quantity(f"{digits[:place]}\n{digits[place:]}\n件")
    assert quantity is not None
    assert quantity.value == number


SURROUNDINGS_BEFORE = [
    "",
    "全年共办理",
    "2021年1月8日，我局发布通知公告",
    "依据国办发〔2021〕30号，公开信息",
    "一是答复",
    "“一网通办”平台上线事项",
    "（二）印发文件",
    "第二十条第（一）项规定，主动公开",
    "在5个工作日内办结",
    "近3年来，全区举办培训",
    "电话：0999-1234567。全市受理申请",
    "党的十九届五中全会以来，推送微信",
    "2020—2021年，新增",
    "1.接待群众",
    "截至12月底，“12345”热线受理",
]
SURROUNDINGS_AFTER = [
    "",
    "。",
    "，同比增长较快。",
    "、会议纪要若干。",
    "（不含街道）。",
    "；三是健全制度。",
    "，于3月20日办结。",
    "均按时办结。",
    "信息，涉及24小时自助区。",
    "\n二、主动公开情况",
]


@given(counts, approximations, st.sampled_from(SURROUNDINGS_BEFORE), st.sampled_from(SURROUNDINGS_AFTER))
def test_the_exact_span_is_found_in_any_surroundings(
    count: tuple[int, str, str], words: tuple[str, str, str], before: str, after: str
) -> None:
    number, written, unit = count
    span = words[0] + written.removesuffix(unit) + words[1] + unit + words[2]
    found = find_quantities(before + span + after)
    assert [(before + span + after)[match.start : match.end] for match in found] == [span]
    assert found[0].start == len(before)
    assert found[0].quantity == read_quantity(span)
    assert found[0].quantity.value == number


@given(
    st.text(
        "0123456789一二三十百千万亿两零〇，,.、件条个%％元年月日第近余约（）()“”\n 发布OlA-—/", max_size=40
    )
)
def test_what_is_found_is_what_its_text_reads(text: str) -> None:
    end = 0
    for match in find_quantities(text):
        assert end <= match.start < match.end <= len(text)
        assert read_quantity(text[match.start : match.end]) == match.quantity
        end = match.end


@pytest.mark.parametrize(
    ("text", "value", "unit", "approximate", "kind"),
    [
        ("十二件", "12", "件", None, "COUNT"),
        ("一百零三次", "103", "次", None, "COUNT"),
        ("两千条", "2000", "条", None, "COUNT"),
        ("二〇五件", "205", "件", None, "COUNT"),
        ("壹佰贰拾叁份", "123", "份", None, "COUNT"),
        ("一百二十件", "120", "件", None, "COUNT"),
        ("1万2千人次", "12000", "人次", None, "COUNT"),
        ("一万二件", "12000", "件", None, "COUNT"),
        ("3.2万余人次", "32000", "人次", "余", "COUNT"),
        ("20余万件", "200000", "件", "余", "COUNT"),
        ("十余次", "10", "次", "余", "COUNT"),
        ("近百场", "100", "场", "近", "COUNT"),
        ("近300万", "3000000", None, "近", "COUNT"),
        ("约30个左右", "30", "个", "约+左右", "COUNT"),
        ("近3000余万元", "30000000", "元", "近+余", "MONEY"),
        ("500+", "500", None, "+", "COUNT"),
        ("40条（篇）", "40", "条（篇）", None, "COUNT"),
        ("40 条/次", "40", "条/次", None, "COUNT"),
        ("0346项", "346", "项", None, "COUNT"),
        ("1O5件", "105", "件", None, "COUNT"),
        ("3 2 6 件", "326", "件", None, "COUNT"),
        ("28 114 条", "28114", "条", None, "COUNT"),
        ("20\n人\n次", "20", "人次", None, "COUNT"),
        ("1.5倍", "1.5", "倍", None, "COUNT"),
        ("95.6分", "95.6", "分", None, "COUNT"),
        ("12.5TB", "12.5", "TB", None, "COUNT"),
        ("300千瓦", "300", "千瓦", None, "COUNT"),
        ("96.\n64％", "96.64", "%", None, "PERCENT"),
        ("99.9%以上", "99.9", "%", "以上", "PERCENT"),
        ("百分之九十八点五", "98.5", "%", None, "PERCENT"),
        ("百分之百", "100", "%", None, "PERCENT"),
        ("千分之三", "0.3", "%", None, "PERCENT"),
        ("近七成", "70", "%", "近", "PERCENT"),
        ("三成半", "35", "%", None, "PERCENT"),
        ("一半以上", "50", "%", "以上", "PERCENT"),
        ("三分之二", "66.67", "%", None, "PERCENT"),
        ("2/3", "66.67", "%", None, "PERCENT"),
        ("四分之三", "75", "%", None, "PERCENT"),
        ("3个百分点", "3", "百分点", None, "PERCENT"),
        ("-2.3%", "-2.3", "%", None, "PERCENT"),
        ("240.92万元", "2409200", "元", None, "MONEY"),
        ("１，４８２．９万元", "14829000", "元", None, "MONEY"),
        ("40万人民币", "400000", "元", None, "MONEY"),
    ],
)
def test_value_spans_of_the_guide(
    text: str, value: str, unit: str | None, approximate: str | None, kind: str
) -> None:
    quantity = read_quantity(text)
    assert quantity is not None
    assert (quantity.value, quantity.unit) == (Decimal(value), unit)
    assert (quantity.approximate, quantity.kind) == (approximate, kind)


@pytest.mark.parametrize(
    "text",
    [
        "10—15件",
        "三至五件",
        "数百件",
        "上千条",
        "几十个",
        "十几个",
        "三五个",
        "七八十人",
        "百场",
        "5个工作日",
        "2021年",
        "第三次",
        "521项事项",
        "发布521项",
        "件",
        "",
        "12月",
        "三分之五",
        "1280 3304条",
    ],
)
def test_no_definite_quantity_is_read_as_none(text: str) -> None:
    assert read_quantity(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "2021年1月8日至12月31日",
        "根据第二十条第一款、第（五）项规定",
        "国办公开办函〔2021〕30号",
        "自收到之日起20个工作日内答复",
        "拨打12345政务服务便民热线",
        "一是加强领导；二是强化监督。",
        "1.加强学习。",
        "（一）总体情况",
        "扎实做好“六稳”“六保”工作",
        "十九届五中全会精神",
        "24小时自助区",
        "电话：0999-1234567，邮编：999999",
        "推进“一件事一次办”“最多跑一次”改革",
        "十五届人大二次会议",
        "召开会议10—15次",
        "发放资料数百份、上千条",
        "开展三五次",
        "人民路18号3楼",
        "2.0版",
        "5G基站和H5页面",
        "报告共六个部分",
        "第三方评估",
        "二〇二一年",
        "实行7×24小时服务",
        "一人一档、一户一策",
        "“45证合一”登记",
        "《2021年要点》",
        "https://example.org/%E6%94%BF/12",
        "上午9:30",
        "三类内部事务信息",
        "申请人无正当理由",
        "进一步提升",
        "2019、2020年",
    ],
)
def test_numbers_that_are_no_quantities_are_not_found(text: str) -> None:
    assert find_quantities(text) == []


@pytest.mark.parametrize(
    ("text", "spans"),
    [
        ("受理12，345件，其中2 件不予公开", ["12，345件", "2 件"]),
        ("梳理56部门数据，覆盖11个街道", ["11个"]),
        ("马上办比例 84.13％，全程网办比例 96.\n64％", ["84.13％", "96.\n64％"]),
        ("共受理1\n23件", ["1\n23件"]),
        ("入库１，４８２．９万元", ["１，４８２．９万元"]),
        ("收到申请一件，办结一件。", ["一件", "一件"]),
        ("召开一次会议", []),
        ("惠及20万群众", ["20万"]),
        ("网站3，微信5；微博2。", ["3", "5", "2"]),
        ("签约12个项目，预约30人次", ["12个", "30人次"]),
        ("由48项减至22项以内", ["48项", "22项以内"]),
        ("主办（分办）2件、协办8件", ["2件", "8件"]),
        ("通过微信、EMS共受理12件", ["12件"]),
        ("优良天数287天，办理时限5天", ["287天"]),
    ],
)
def test_spans_in_running_text(text: str, spans: list[str]) -> None:
    assert [text[match.start : match.end] for match in find_quantities(text)] == spans


@pytest.mark.parametrize(
    "unit", ["1", "一", "1，234", "1、", " ", "“", "GB", "近", "\n", "第一、", "电话111、"]
)
def test_monotonous_text_takes_linear_time(unit: str) -> None:
    # Quadratic matching would take minutes here and run into the suite's time limit.
    assert len(find_quantities(unit * (10_000 // len(unit)))) < 10_000
