"""A real browser opens a pushed task: marks at the right characters, a correction by clicking, and exactly that pulled."""

from __future__ import annotations

import os
import shutil
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from label_studio_helpers import TEXT, report
from live_label_studio import HOW_TO, LiveServer
from test_live_server import Commands, pulled, run_file, submit

from annotations.corpus_format import AnnotatedDocument

selenium = pytest.importorskip("selenium", reason="the dev extra brings selenium")
from selenium import webdriver  # noqa: E402
from selenium.common.exceptions import TimeoutException  # noqa: E402
from selenium.webdriver.common.by import By  # noqa: E402
from selenium.webdriver.support.ui import WebDriverWait  # noqa: E402

pytestmark = [pytest.mark.server, pytest.mark.timeout(900)]
SECONDS = 60
SOON, GESTURES = 5, 4  # a page still loading may lose a key or a drag, as it may a person's
SCREENSHOT = "NIANBAO_SCREENSHOT"
Driver = webdriver.Chrome


@pytest.fixture
def browser() -> Iterator[Driver]:
    chromium, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if not chromium or not driver:
        pytest.fail(f"no chromium and chromedriver: {HOW_TO}")
    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    for switch in (
        "--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--window-size=1440,960",
        "--disable-background-networking", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    ):  # fmt: skip
        options.add_argument(switch)
    opened = webdriver.Chrome(options=options, service=webdriver.ChromeService(driver))
    opened.set_page_load_timeout(2 * SECONDS)
    yield opened
    opened.quit()


class Page:
    """A task's page, used as a person uses it."""

    def __init__(self, driver: Driver, live: LiveServer) -> None:
        self.driver, self.live = driver, live

    def log_in(self) -> None:
        self.driver.get(f"{self.live.url}/user/login/")
        self.driver.find_element(By.NAME, "email").send_keys(self.live.email)
        self.driver.find_element(By.NAME, "password").send_keys(self.live.password)
        self.click("button[type=submit]")
        self.until(lambda: "/user/login" not in self.driver.current_url)

    def open(self, project: int, task: int) -> None:
        self.driver.get(f"{self.live.url}/projects/{project}/data?task={task}")
        self.until(lambda: len(self.marks()) > 0)

    def until(self, condition: Any) -> Any:
        return WebDriverWait(self.driver, SECONDS).until(lambda _: condition())

    def click(self, selector: str) -> None:
        self.until(lambda: self.driver.find_elements(By.CSS_SELECTOR, selector))
        self.driver.find_element(By.CSS_SELECTOR, selector).click()

    def marks(self) -> dict[str, str]:
        """The text that is marked for each region, as it stands in the page."""
        script = """return [...document.querySelectorAll('.htx-highlight')].map(
            mark => [[...mark.classList].find(name => name.startsWith('htx-highlight-')), mark.textContent])"""
        marked: dict[str, str] = defaultdict(str)
        for name, text in self.driver.execute_script(script):
            marked[name.removeprefix("htx-highlight-").split("-")[0]] += text
        return marked

    def text(self) -> str:
        """The report's text as the page has it, a line break for each of the page's."""
        script = """return [...document.querySelectorAll('[class*=richtext__line]')].map(l => l.textContent).join('\\n')"""
        return str(self.driver.execute_script(script))

    def choose_code(self, words: str, code: str) -> None:
        """Takes the selected value's code away and looks another up by name."""
        self.click(".taxonomy .ant-select-selection-item-remove")
        self.click(".taxonomy .ant-select-selector")
        self.until(lambda: self.driver.find_elements(By.CSS_SELECTOR, ".lsf-taxonomy-search-input"))
        self.driver.find_element(By.CSS_SELECTOR, ".lsf-taxonomy-search-input").send_keys(words)

        def found() -> Any:
            nodes = self.driver.find_elements(By.CSS_SELECTOR, ".ant-select-tree-treenode")
            return len(nodes) < 10 and [node for node in nodes if node.text.endswith(code)]

        self.until(found)[0].find_element(By.CSS_SELECTOR, ".ant-select-tree-checkbox").click()
        self.until(lambda: code in self.driver.find_element(By.CSS_SELECTOR, ".taxonomy").text)

    def mark(self, hotkey: str, quoted: str) -> None:
        """Picks a label by its key and draws the mouse over a text that no region covers yet."""
        script = """
            const walker = document.createTreeWalker(document.querySelector('[class*=richtext__container]'), 4);
            for (let node; (node = walker.nextNode());) {
              const at = node.textContent.indexOf(arguments[0]);
              if (at < 0) continue;
              const range = document.createRange();
              range.setStart(node, at);
              range.setEnd(node, at + arguments[0].length);
              const box = range.getBoundingClientRect();
              return [box.left, box.right, (box.top + box.bottom) / 2];
            }"""
        for _ in range(GESTURES):
            self.drag(hotkey, self.settled(script, quoted))
            if self.soon(lambda: quoted in self.marks().values()):
                return
        pytest.fail(f"{quoted} could not be marked; marked are {sorted(self.marks().values())}")

    def settled(self, script: str, quoted: str) -> tuple[float, float, float]:
        """Where a text stands once the page has stopped moving it."""
        places: list[Any] = [None]

        def stands_still() -> bool:
            places.append(self.driver.execute_script(script, quoted))
            time.sleep(0.5)
            return places[-1] is not None and places[-1] == places[-2]

        self.until(stands_still)
        left, right, middle = places[-1]
        return left, right, middle

    def soon(self, condition: Any) -> bool:
        try:
            WebDriverWait(self.driver, SOON).until(lambda _: condition())
        except TimeoutException:
            return False
        return True

    def drag(self, hotkey: str, place: tuple[float, float, float]) -> None:
        left, right, middle = place
        actions = webdriver.ActionChains(self.driver)
        actions.send_keys(hotkey).perform()
        pointer = actions.w3c_actions.pointer_action
        pointer.move_to_location(int(left) + 1, int(middle)).pointer_down()
        pointer.move_to_location(int((left + right) / 2), int(middle)).move_to_location(
            int(right), int(middle)
        )
        pointer.pointer_up()
        actions.perform()

    def link(self, source: str, target: str) -> None:
        """Draws a relation between the regions that mark two texts."""
        names = {text: name for name, text in self.marks().items()}
        self.click(f"[class*='htx-highlight-{names[source]}-']")
        self.click("button[aria-label='Create Relation']")
        self.click(f"[class*='htx-highlight-{names[target]}-']")

    def submit(self) -> None:
        button = "button[aria-label='Submit current annotation']"
        self.click(button)
        self.until(lambda: not self.driver.find_elements(By.CSS_SELECTOR, button))


def untouched(document: AnnotatedDocument) -> AnnotatedDocument:
    """The document without what tells one annotation from another."""
    document.meta = {key: document.meta[key] for key in ("id", "body", "year", "sha256")}
    return document


def test_marks_stand_right_and_one_click_is_one_correction(
    label_studio: LiveServer, browser: Driver, tmp_path: Path
) -> None:
    commands = Commands(label_studio, "浏览器里的项目")
    commands.run("init")
    commands.run("push", run_file(tmp_path, report()))
    (task,) = commands.tasks().values()
    predicted = {p["id"]: p["value"]["text"] for p in task.predictions[0]["result"] if p["type"] == "labels"}

    page = Page(browser, label_studio)
    page.log_in()
    page.open(commands.number, task.id)
    page.until(lambda: len(page.marks()) == len(predicted))
    # The page has an element for a line break where the text has a character.
    assert page.marks() == {name: quoted.replace("\n", "") for name, quoted in predicted.items()}
    assert page.text() == TEXT.replace("\r", "\n")

    value = next(name for name, quoted in predicted.items() if quoted == "120项")
    page.click(f"[class*='htx-highlight-{value}-']")
    page.choose_code("全程网办", "svc.full_online_items")
    if os.environ.get(SCREENSHOT):
        time.sleep(1)
        browser.save_screenshot(os.environ[SCREENSHOT])
    page.submit()

    commands.run("pull", "--output", tmp_path / "corrected")
    corrected = untouched(pulled(tmp_path / "corrected")["yunling"])
    plain = Commands(label_studio, "没有改动的项目")
    plain.run("init")
    plain.run("push", run_file(tmp_path, report()))
    (same,) = plain.tasks().values()
    submit(label_studio, same.id, list(same.predictions[0]["result"]))
    plain.run("pull", "--output", tmp_path / "plain")
    expected = untouched(pulled(tmp_path / "plain")["yunling"])
    changed = [
        (corrected.quote(one.value_span), one.code, other.code)
        for one, other in zip(corrected.facts, expected.facts, strict=True)
        if one != other
    ]
    assert changed == [("120项", "svc.full_online_items", "svc.immediate_items")]
    assert (corrected.text, corrected.spans, corrected.blocks) == (TEXT, expected.spans, expected.blocks)


def test_a_region_drawn_and_linked_by_hand_behind_an_emoji(
    label_studio: LiveServer, browser: Driver, tmp_path: Path
) -> None:
    commands = Commands(label_studio, "手工标注的项目")
    commands.run("init")
    commands.run("push", run_file(tmp_path, report()))
    (task,) = commands.tasks().values()
    page = Page(browser, label_studio)
    page.log_in()
    page.open(commands.number, task.id)
    page.mark("s", "另有")
    page.link("7期", "另有")
    page.submit()
    (task,) = commands.tasks().values()
    drawn = [
        part["value"] for part in task.annotations[0]["result"]
        if part["type"] == "labels" and part.get("origin") == "manual"
    ]  # fmt: skip
    start = TEXT.index("另有")
    assert [(v["start"], v["end"], v["text"], v["labels"]) for v in drawn] == [
        (start, start + 2, "另有", ["SCOPE"])
    ]
    commands.run("pull", "--output", tmp_path / "out")
    document = pulled(tmp_path / "out")["yunling"]
    (training,) = [fact for fact in document.facts if document.quote(fact.value_span) == "7期"]
    assert document.quote(training.scope) == "另有"
