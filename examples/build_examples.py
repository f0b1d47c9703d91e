"""Writes the example reports: invented bodies, one report a format. `python examples/build_examples.py`."""

from __future__ import annotations

from pathlib import Path

from evaluation.synthetic.document_writers import html_page, pdf_file, word_file
from evaluation.synthetic.printed import SyntheticReport, Values, form_keys, report_blocks
from evaluation.synthetic.statistics_form import statistics_blocks
from evaluation.synthetic.text_writers import pdf_text, pipe_rows

FOLDER = Path(__file__).parent
PERIOD = (
    "根据《中华人民共和国政府信息公开条例》第五十条规定，现公布{agency}{year}年政府信息公开工作年度报告。"
    "本报告所列数据的统计期限自{year}年1月1日起，至{year}年12月31日止。"
)


PERIOD_BEFORE_2019 = (
    "本报告依照《中华人民共和国政府信息公开条例》的规定编制，由概述、主动公开、依申请公开、复议诉讼、问题与改进等部分和统计表组成，"
    "数据统计期限为{year}年1月1日至12月31日。"
)


def _values(edition: str, cells: dict[str, str]) -> Values:
    values = dict.fromkeys(form_keys(edition), "0")
    for place, text in cells.items():
        form, row_and_column = place.split(".", 1)
        row, _, column = row_and_column.rpartition(".")
        assert (form, row, column) in values, place
        values[form, row, column] = text
    return values


def _report(agency: str, year: int, edition: str, cells: dict[str, str], signed: str,
            **sections: list[str]) -> SyntheticReport:  # fmt: skip
    period = PERIOD_BEFORE_2019 if edition == "2014" else PERIOD
    front = [period.format(agency=agency, year=year)]
    return SyntheticReport(agency, year, edition, _values(edition, cells), {"front": front, **sections}, signed)


QINGSHI = _report(
    "青石区行政审批局", 2023, "2021",
    {
        "proactive.normative_documents.in_force": "4",
        "proactive.licensing.handled": "52318",
        "proactive.fees.amount": "86.42",
        "requests.new_received.natural_person": "12", "requests.new_received.commercial": "3",
        "requests.new_received.total": "15",
        "requests.carried_in.natural_person": "1", "requests.carried_in.total": "1",
        "requests.granted.natural_person": "7", "requests.granted.commercial": "2", "requests.granted.total": "9",
        "requests.partial.natural_person": "2", "requests.partial.total": "2",
        "requests.unavailable.not_held.natural_person": "3", "requests.unavailable.not_held.commercial": "1",
        "requests.unavailable.not_held.total": "4",
        "requests.total.natural_person": "12", "requests.total.commercial": "3", "requests.total.total": "15",
        "requests.carried_out.natural_person": "1", "requests.carried_out.total": "1",
        "review.review.upheld": "1", "review.review.total": "1",
    },
    "2024年1月12日",
    overview=[
        "2023年，我局把政务公开作为优化营商环境的抓手，通过区政府门户网站发布通知公告48条、部门动态131条，政策解读16篇；"
        "微信公众号“青石审批”推送信息209期，关注人数3.6万余人。",
        "政务服务事项全部上网：现有事项1426项，可网办比例99.3％，全程网办1188项，占比83.31％；“高效办成一件事”上线主题17个，"
        "24小时自助区增至6个，全年办件11.8万件，好评率99.97％。",
    ],
    proactive=["全年共办理行政许可52318件，行政事业性收费共864200元。"],
    requests=["2023年新收政府信息公开申请16件，上年结转1件，均在法定期限内答复，按期答复率100％，未收取信息处理费。"],
    review=["因政府信息公开被申请行政复议1件，结果维持；未发生行政诉讼。"],
    problems=["一是解读形式不够丰富；二是基层公开专区利用率不高。2024年计划新增解读视频10部，轮训窗口人员两遍。"],
    other=["共承办区人大代表建议9件（主办4件、协办5件）、政协提案11件，办结率和满意率均为100％。"],
)  # fmt: skip

YUNXIU = _report(
    "云岫县教育局", 2022, "2021",
    {
        "proactive.normative_documents.issued": "2", "proactive.normative_documents.repealed": "1",
        "proactive.normative_documents.in_force": "9",
        "proactive.licensing.handled": "37", "proactive.penalty.handled": "3",
        "requests.new_received.natural_person": "21", "requests.new_received.legal_service": "2",
        "requests.new_received.total": "23",
        "requests.granted.natural_person": "13", "requests.granted.legal_service": "1", "requests.granted.total": "14",
        "requests.denied.internal_affairs.natural_person": "1", "requests.denied.internal_affairs.total": "1",
        "requests.unavailable.not_held.natural_person": "4", "requests.unavailable.not_held.legal_service": "1",
        "requests.unavailable.not_held.total": "5",
        "requests.not_processed.petition.natural_person": "2", "requests.not_processed.petition.total": "2",
        "requests.total.natural_person": "20", "requests.total.legal_service": "2", "requests.total.total": "22",
        "requests.carried_out.natural_person": "1", "requests.carried_out.total": "1",
        "review.litigation_direct.upheld": "1", "review.litigation_direct.pending": "1",
        "review.litigation_direct.total": "2",
    },
    "2023年1月16日",
    overview=["全县各中小学、幼儿园累计主动公开信息2374条，其中招生入学类612条、资助类185条、学校安全类97条，"
              "回复家长留言843条，办结率98.7％。举办校园开放日活动26场，参加家长4200余人次。"],
    proactive=["全年处理民办学校行政许可37件，作出行政处罚3件，未收取行政事业性收费。"],
    requests=["全年收到信息公开申请23件，比上年增加6件。已答复22件，结转下年度1件。"],
    review=["没有行政复议案件，发生行政诉讼2件。"],
    problems=["主要问题是公开内容与家长需求还有差距。下一步将在3月底前修订公开目录，年内培训不少于4次。"],
    other=["收到议案、建议和提案14件，全部按时办复。"],
)  # fmt: skip

LANJIANG = _report(
    "澜江市生态环境局", 2020, "2019",
    {
        "proactive.normative_documents.made": "3", "proactive.normative_documents.newly_public": "3",
        "proactive.normative_documents.total_public": "28",
        "proactive.licensing.items_last_year": "31", "proactive.licensing.items_change": "-4",
        "proactive.licensing.handled": "906",
        "proactive.other_services.items_last_year": "52", "proactive.other_services.items_change": "+7",
        "proactive.other_services.handled": "1873",
        "proactive.penalty.items_last_year": "118", "proactive.penalty.items_change": "12",
        "proactive.penalty.handled": "245",
        "proactive.coercion.items_last_year": "9", "proactive.coercion.handled": "17",
        "proactive.fees.items_last_year": "1",
        "proactive.procurement.count": "14", "proactive.procurement.amount": "2310.5万元",
        "requests.new_received.natural_person": "46", "requests.new_received.commercial": "8",
        "requests.new_received.social": "3", "requests.new_received.total": "57",
        "requests.carried_in.natural_person": "2", "requests.carried_in.total": "2",
        "requests.granted.natural_person": "30", "requests.granted.commercial": "6", "requests.granted.social": "3",
        "requests.granted.total": "39",
        "requests.partial.natural_person": "5", "requests.partial.total": "5",
        "requests.denied.third_party.commercial": "2", "requests.denied.third_party.total": "2",
        "requests.unavailable.not_held.natural_person": "9", "requests.unavailable.not_held.total": "9",
        "requests.other.natural_person": "1", "requests.other.total": "1",
        "requests.total.natural_person": "45", "requests.total.commercial": "8", "requests.total.social": "3",
        "requests.total.total": "56",
        "requests.carried_out.natural_person": "3", "requests.carried_out.total": "3",
        "review.review.upheld": "2", "review.review.corrected": "1", "review.review.total": "3",
    },
    "2021年1月20日",
    overview=["2020年，全系统围绕污染防治攻坚战公开环境信息5821条，空气质量日报366期，建设项目环评审批公示412个，"
              "曝光典型违法案例24起，罚款1386.2万元；“12369”热线受理举报2107件，办结率99.1％。"],
    proactive=["疫情期间推行不见面审批，零跑动事项占比由61％提高到93％，办理时限平均压缩六成五。"],
    requests=["全年共新收依申请公开57件，上年结转2件，已办结56件，结转下年度3件。"],
    problems=["存在公开及时性不够的问题，将进一步完善“双随机、一公开”机制。"],
    other=["无其他需要报告的事项。"],
)  # fmt: skip

SONGLING = _report(
    "松陵镇人民政府", 2021, "2021",
    {
        "proactive.licensing.handled": "214",
        "requests.new_received.natural_person": "3", "requests.new_received.total": "3",
        "requests.granted.natural_person": "2", "requests.granted.total": "2",
        "requests.not_processed.repeated.natural_person": "1", "requests.not_processed.repeated.total": "1",
        "requests.total.natural_person": "3", "requests.total.total": "3",
    },
    "2022年1月6日",
    overview=["镇政府全年通过县政府网站公开各类信息168条，同比增长12.7％，其中惠农补贴信息43条、低保救助信息29条、"
              "村级财务信息52条；18个行政村均设置公示栏2处；村民满意率达到96.5％。"],
    requests=["收到申请3件，全部答复，无结转。"],
    review=["本年度未发生行政复议、行政诉讼。"],
    problems=["专职人员少，仅有1名兼职人员，业务有待加强。"],
    other=["2021年未收取信息处理费。"],
)  # fmt: skip

WANGSHU = _report(
    "望舒县农业局", 2016, "2014",
    {
        "statistics.proactive.total.count": "1372", "statistics.proactive.normative_documents.count": "5",
        "statistics.proactive.normative_issued.count": "6", "statistics.proactive.channels.website.count": "1204",
        "statistics.proactive.channels.weibo.count": "86", "statistics.proactive.channels.wechat.count": "233",
        "statistics.proactive.channels.other.count": "41",
        "statistics.responses.topics.count": "7", "statistics.responses.press_conferences.count": "2",
        "statistics.responses.press_conferences.leader.count": "1", "statistics.responses.interviews.count": "3",
        "statistics.responses.interviews.leader.count": "1", "statistics.responses.interpretations.count": "18",
        "statistics.responses.weibo_wechat.count": "4", "statistics.responses.other.count": "1",
        "statistics.requests.received.count": "14", "statistics.requests.received.in_person.count": "2",
        "statistics.requests.received.network.count": "9", "statistics.requests.received.letter.count": "3",
        "statistics.requests.handled.count": "14", "statistics.requests.handled.on_time.count": "13",
        "statistics.requests.handled.extended.count": "1", "statistics.requests.answered.count": "14",
        "statistics.requests.answered.already_public.count": "4", "statistics.requests.answered.granted.count": "6",
        "statistics.requests.answered.denied.count": "1", "statistics.requests.answered.denied.trade_secret.count": "1",
        "statistics.requests.answered.not_this_body.count": "2", "statistics.requests.answered.not_existing.count": "1",
        "statistics.review.count": "1", "statistics.review.upheld.count": "1",
        "statistics.institution.offices.count": "1", "statistics.institution.reading_points.count": "3",
        "statistics.institution.staff.count": "5", "statistics.institution.staff.full_time.count": "1",
        "statistics.institution.staff.part_time.count": "4", "statistics.institution.budget.count": "2.4",
        "statistics.training.meetings.count": "2", "statistics.training.courses.count": "1",
        "statistics.training.participants.count": "46",
    },
    "2017年2月20日",
    overview=["一年来，我局把信息公开列入目标考核，政府信息公开工作配备专职人员1名、兼职人员4名，举办培训班1期，46人次参加。"],
    proactive=["全年主动公开政府信息1372条，其中农资打假类214条、惠农补贴类167条；编发政策解读稿件18篇，"
               "组织“田间课堂”直播12场，观看3.1万人次。"],
    requests=["2016年收到政府信息公开申请14件，办结14件，涉及土地承包经营权的占四成。"],
    review=["因政府信息公开被申请行政复议1件，结果为维持；没有被提起行政诉讼。"],
    problems=["主要是涉农数据更新不够及时。2017年将把公开目录由9类扩展到12类。"],
    other=["全年没有收取检索、复制等费用。"],
)  # fmt: skip


def build() -> dict[str, bytes]:
    """The files' names and contents."""
    return {
        "qingshi-2023.html": html_page(report_blocks(QINGSHI), encoding="gb18030"),
        "yunxiu-2022.docx": word_file(report_blocks(YUNXIU, one_proactive_table=False)),
        "lanjiang-2020.pdf": pdf_file(report_blocks(LANJIANG)),
        "songling-2021.txt": pdf_text(report_blocks(SONGLING)).encode(),
        "wangshu-2016.md": pipe_rows(statistics_blocks(WANGSHU)).encode(),
    }


if __name__ == "__main__":
    for name, content in build().items():
        (FOLDER / name).write_bytes(content)
