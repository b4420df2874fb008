#!/usr/bin/python3
"""The pages in a real browser: that nothing is complained of, that they can be searched, sorted and
used by the keyboard alone, in narrow windows and in the dark.

Usage: test_html_browser.py SAMPLE_PAGE [FOLDER]. With FOLDER the screenshots are kept there. Needs
chromium and its driver (tools/install-deps long); without them it fails.
"""
import pathlib
import struct
import subprocess
import sys
import tempfile
import unittest
import zlib

from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

SAMPLE_PAGE = sys.argv[1]
KEPT = pathlib.Path(sys.argv[2]) if len(sys.argv) > 2 else None
PATIENCE = 60  # seconds; a busy machine


def browser(dark):
    options = webdriver.ChromeOptions()
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
                     "--disable-dev-shm-usage"):
        options.add_argument(argument)
    if dark:
        options.add_argument("--force-dark-mode")
        options.add_argument("--blink-settings=preferredColorScheme=0")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options=options)
    driver.set_page_load_timeout(PATIENCE)
    return driver


def byte_values(png):
    """How many values the bytes of a screenshot's rows have: of one colour there are few."""
    at, packed = 8, b""
    while at < len(png):
        length, kind = struct.unpack(">I4s", png[at:at + 8])
        if kind == b"IDAT":
            packed += png[at + 8:at + 8 + length]
        at += 12 + length
    return len(set(zlib.decompress(packed)))


class Browser(unittest.TestCase):
    SIZE = (1280, 1000)
    DARK = False

    @classmethod
    def setUpClass(cls):
        # pylint: disable-next=consider-using-with
        cls.temporary = tempfile.TemporaryDirectory(prefix="knowhy-browser-")
        cls.folder = pathlib.Path(cls.temporary.name)
        subprocess.run([SAMPLE_PAGE, cls.folder, "3000"], check=True, timeout=PATIENCE)
        cls.driver = browser(cls.DARK)
        # A window cannot be as narrow as a phone is; what is shown can.
        cls.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
            "width": cls.SIZE[0], "height": cls.SIZE[1], "deviceScaleFactor": 1, "mobile": False})

    @classmethod
    def tearDownClass(cls):
        cls.driver.quit()
        cls.temporary.cleanup()

    def open(self, page):
        self.driver.get(f"file://{self.folder}/{page}.html")
        self.wait(lambda driver: driver.execute_script("return document.readyState") == "complete")

    def wait(self, condition):
        return WebDriverWait(self.driver, PATIENCE).until(condition)

    def find(self, selector):
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def text(self, selector):
        return self.driver.execute_script(
            "return document.querySelector(arguments[0]).textContent", selector)

    def count(self, selector):
        return self.driver.execute_script(
            "return document.querySelectorAll(arguments[0]).length", selector)

    def press(self, *keys):
        self.driver.switch_to.active_element.send_keys(*keys)

    def focused(self):
        return self.driver.execute_script("return document.activeElement.id")

    def assert_quiet(self):
        self.assertEqual(self.driver.get_log("browser"), [])

    def assert_fits(self):
        """The page does not go sideways."""
        wide, seen = self.driver.execute_script(
            "const page = document.documentElement; return [page.scrollWidth, page.clientWidth]")
        self.assertLessEqual(wide, seen)

    def shot(self, name):
        png = self.driver.get_screenshot_as_png()
        if KEPT:
            (KEPT / f"{name}.png").write_bytes(png)
        self.assertGreater(byte_values(png), 32, "a blank page")


class Wide(Browser):
    def test_nothing_is_complained_of(self):
        for page in ("page", "diff"):
            self.open(page)
            self.shot(f"wide-{page}")
            self.assert_fits()
            self.assert_quiet()

    def test_nothing_hostile_ran(self):
        for page in ("page", "diff"):
            self.open(page)
            self.assertEqual(self.count("img"), 0)
            self.assertNotEqual(self.driver.title, "owned")

    def test_the_search_filters_tables_findings_and_calls(self):
        self.open("page")
        self.find("body").send_keys("/")
        self.wait(lambda _: self.focused() == "search")
        self.press("eth7")
        self.wait(lambda _: self.text("#found") == "2 matches")
        self.assertEqual(self.count("article.finding:not([hidden])"), 0)
        self.assertEqual(self.count("#state tbody > tr:not([hidden])"), 2)
        self.assertEqual(self.text("#calls-position"), "no call")
        self.press(Keys.ESCAPE)
        self.wait(lambda _: self.text("#found") == "")
        self.assertEqual(self.text("#calls-position"), "1 to 200 of 3,000 calls")
        self.press("netif_rx")
        self.wait(lambda _: self.text("#calls-position") == "1 to 200 of 1,000 calls")
        self.assert_quiet()

    def test_columns_sort_by_the_keyboard(self):
        self.open("page")
        button = self.find("[aria-label=links] thead th:nth-child(2) button")
        first = "[aria-label=links] tbody tr td"
        button.send_keys(Keys.ENTER)
        self.wait(lambda _: self.text(first) == "1")
        button.send_keys(Keys.ENTER)
        self.wait(lambda _: self.text(first) == "40")
        heading = self.find("[aria-label=links] thead th:nth-child(2)")
        self.assertEqual(heading.get_attribute("aria-sort"), "descending")

    def test_pages_of_calls(self):
        self.open("page")
        self.find("#calls-next").send_keys(Keys.ENTER)
        self.wait(lambda _: self.text("#calls-position") == "201 to 400 of 3,000 calls")
        self.assertEqual(self.count("#calls-body tr"), 200)
        self.assertIn("-EINVAL (-22)", self.text("#calls-body"))

    def test_the_timeline_by_the_keyboard(self):
        self.open("page")
        canvas = self.find("#timeline-canvas")
        canvas.send_keys(Keys.HOME)
        whole = self.text("#timeline-window")
        canvas.send_keys("+")
        self.wait(lambda _: self.text("#timeline-window") != whole)
        closer = self.text("#timeline-window")
        canvas.send_keys(Keys.ARROW_RIGHT)
        self.wait(lambda _: self.text("#timeline-window") != closer)
        canvas.send_keys(Keys.HOME)
        self.wait(lambda _: self.text("#timeline-window") == whole)
        canvas.send_keys(".")
        self.wait(lambda _: "10.9.0.1:1111 > 10.9.0.2:4791 udp" in self.text("#timeline-readout"))
        canvas.send_keys(Keys.ARROW_DOWN, Keys.ARROW_DOWN, ".")
        self.wait(lambda _: "ip_rcv(dev=eth0" in self.text("#timeline-readout"))
        canvas.send_keys("-")
        self.wait(lambda _: self.text("#timeline-window") == whole)
        for _ in range(9):
            canvas.send_keys("+")
        self.shot("wide-timeline")
        self.assert_quiet()

    def test_the_timeline_by_the_mouse(self):
        self.open("page")
        canvas = self.find("#timeline-canvas")
        canvas.send_keys("+", "+")
        before = self.text("#timeline-window")
        webdriver.ActionChains(self.driver).drag_and_drop_by_offset(canvas, -200, 0).perform()
        self.wait(lambda _: self.text("#timeline-window") != before)
        self.find("#timeline-all").click()
        webdriver.ActionChains(self.driver).scroll_from_origin(
            webdriver.common.actions.wheel_input.ScrollOrigin.from_element(canvas), 0, -200
        ).perform()
        self.assert_quiet()

    def test_the_first_stop_of_tab_skips_to_the_content(self):
        self.open("page")
        self.find("body").send_keys(Keys.TAB)
        self.wait(lambda driver: driver.switch_to.active_element.text == "Skip to the content")
        self.press(Keys.ENTER)
        self.wait(lambda _: self.focused() == "main")

    def test_what_has_the_focus_can_be_seen(self):
        self.open("page")
        self.find("body").send_keys(Keys.TAB)
        for _ in range(12):
            self.press(Keys.TAB)
            self.wait(lambda driver: driver.execute_script(
                "return getComputedStyle(document.activeElement).outlineStyle") == "solid")


class Narrow(Browser):
    SIZE = (400, 900)

    def test_it_fits(self):
        for page in ("page", "diff"):
            self.open(page)
            self.assert_fits()
            self.shot(f"narrow-{page}")
        self.assert_quiet()


class Dark(Browser):
    DARK = True

    def test_it_is_dark(self):
        for page in ("page", "diff"):
            self.open(page)
            paper = self.driver.execute_script(
                "return getComputedStyle(document.body).backgroundColor")
            self.assertEqual(paper, "rgb(21, 24, 28)")
            self.shot(f"dark-{page}")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
