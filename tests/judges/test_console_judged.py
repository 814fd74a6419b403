"""The console in Chromium: a letter in three languages on a phone, with script and without.

Judged by axe-core, which looks at every page as somebody does who cannot see or use a pointer.
"""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import photographs
import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright
from served import JUDGES
from servers import ServerProcess, server

LETTER = JUDGES.parent / "samples" / "letter"
AXE = JUDGES / "axe" / "node_modules" / "axe-core" / "axe.min.js"
PHONE, DESK = (360, 740), (1280, 900)
ARABIC = """[texts.ar]
name = "تنسيقية المناجم"
summary = "المناجم تكتب إلى المناجم."

[policies]
"""
TEXTS = {
    "en": ("To the northern pits", "For nine days you have been out.", "Dear colleagues, hold on."),
    "de": (
        "An die Nordzechen",
        "Seit neun Tagen steht ihr draußen.",
        "Liebe Kollegen, haltet aus.",
    ),
    "ar": ("إلى مناجم الشمال", "أنتم مضربون منذ تسعة أيام.", "الزملاء الأعزاء، اصمدوا."),
}


@pytest.fixture(scope="module")
def process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    with server(tmp_path_factory.mktemp("console") / "server", "pits", start=False) as made:
        file = made.folder / "actors" / "pits.toml"
        text = file.read_text().replace('["en", "de"]', '["en", "de", "ar"]')
        file.write_text(text.replace("[policies]\n", ARABIC))
        made.start()
        yield made


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        yield started
        started.close()


@contextmanager
def logged_in(
    browser: Browser,
    process: ServerProcess,
    language: str,
    *,
    size: tuple[int, int] = PHONE,
    script: bool = True,
    scheme: str = "light",
) -> Iterator[Page]:
    """A window in which somebody followed a link and pressed its one button by keyboard."""
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]},
        locale=language,
        java_script_enabled=script,
        color_scheme="dark" if scheme == "dark" else "light",
    )
    page = context.new_page()
    page.goto(process.run("login-link", "Rosa", "--role", "admin"))
    page.locator("main button").focus()
    page.keyboard.press("Enter")
    page.wait_for_url(f"{process.origin}/console/@pits")
    yield page
    context.close()


def fill(page: Page, language: str) -> None:
    title, summary, content = TEXTS[language]
    page.fill(f'[name="title.{language}"]', title)
    page.fill(f'[name="summary.{language}"]', summary)
    page.fill(f'[name="content.{language}"]', content)


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])
@pytest.mark.parametrize("language", ["en", "ar"])
def test_a_letter_in_three_languages_gets_out_on_a_phone(
    browser: Browser, process: ServerProcess, language: str, script: bool
) -> None:
    others = [one for one in TEXTS if one != language]
    with logged_in(browser, process, language, script=script) as page:
        page.goto(f"{process.origin}/console/@pits/write?lang={language}")
        expect(page.locator("html")).to_have_attribute("dir", "rtl" if language == "ar" else "ltr")
        for one in others:
            page.click(f'[value="add-language.{one}"]')
        for one in TEXTS:
            fill(page, one)
        page.fill('[name="signatories.0.name"]', "Amara Voss")
        page.fill(f'[name="summary.{others[0]}"]', "")
        page.locator('[value="save"]').first.click()

        page.click(f'a[href="#f-summary.{others[0]}"]')
        assert page.locator('[aria-invalid="true"]').count() == 1
        page.click(f'[value="suggest.{others[0]}"]')
        assert page.input_value(f'[name="content.{language}"]') == TEXTS[language][2]
        page.locator('[value="save"]').first.click()
        page.wait_for_url("**?done=saved")
        for one in others:
            page.check(f'form[action$="/publish"] input[value="{one}"]')
        page.locator('form[action$="/publish"] button').click()
        page.wait_for_url("**?done=published")
        shown = page.locator("a.button.plain").last.get_attribute("href") or ""
    public = shown.partition("?")[0]  # without what keeps a browser from showing older words
    for one in TEXTS:
        address = public if one == language else f"{public}?lang={one}"
        text = httpx.get(address, headers={"Accept": "text/html"}).text
        assert TEXTS[one][0] in text
        assert "Amara Voss" in text


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])
@pytest.mark.parametrize("language", ["en", "ar"])
def test_a_picture_is_added_and_put_above_a_text_on_a_phone(
    browser: Browser, process: ServerProcess, tmp_path: Path, language: str, script: bool
) -> None:
    photo, no_picture = tmp_path / "gate.jpg", tmp_path / "gate.png"
    photo.write_bytes(photographs.telling(size=(900, 600)))
    no_picture.write_bytes(b"PK\x03\x04" + bytes(500))
    with logged_in(browser, process, language, script=script) as page:
        page.goto(f"{process.origin}/console/@pits/write?lang={language}")
        fill(page, language)
        page.set_input_files("#f-picture", no_picture)
        page.fill(f'[name="alt.{language}"]', "X")
        page.check('[name="as_hero"]')
        page.click('[value="picture"]')
        expect(page.locator("#f-picture")).to_have_attribute("aria-invalid", "true")
        expect(page.locator("#why-picture")).to_be_in_viewport()
        assert page.input_value(f'[name="alt.{language}"]') == "X"
        page.set_input_files("#f-picture", photo)
        page.click('[value="picture"]')
        expect(page.locator("#f-hero img").first).to_be_visible()
        assert page.input_value(f'[name="content.{language}"]') == TEXTS[language][2]
        assert page.locator('#f-hero input[name="hero"]:checked').get_attribute("value")
        page.locator('[value^="put."]').first.click()
        assert "](media:" in page.input_value(f'[name="content.{language}"]')
        page.locator('[value="save"]').first.click()
        page.wait_for_url("**?done=saved")


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])
@pytest.mark.parametrize("language", ["en", "ar"])
def test_sixty_sign_a_letter_on_a_phone(
    browser: Browser, process: ServerProcess, language: str, script: bool
) -> None:
    pasted = "\n".join(f"Person {number:02}, Delegate, Pit {number}, ES" for number in range(60))
    with logged_in(browser, process, language, script=script) as page:
        page.goto(f"{process.origin}/console/@pits/write?lang={language}")
        fill(page, language)
        page.fill('[name="signatories.0.name"]', "Amara Voss")
        page.locator("details", has=page.locator('[name="pasted"]')).locator("summary").click()
        page.fill('[name="pasted"]', pasted)
        page.click('[value="listed"]')
        page.click('[value="signatories.15"]')
        page.click('[value="signatories.30"]')
        page.click('[value="signatory.42"]')
        name = page.locator('[name="signatories.42.name"]')
        expect(name).to_be_focused()
        expect(name).to_be_in_viewport()
        page.keyboard.type("X ")
        page.select_option('[name="signatories.42.display"]', "hidden")
        page.fill('[name="signatories.42.place"]', "1")
        page.locator('[value="save"]').first.click()
        page.wait_for_url("**?done=saved")
        page.goto(f"{page.url.partition('?')[0]}/edit")
        assert page.locator(".people > li").count() == 15
        expect(page.locator(".people > li").nth(1)).to_contain_text("Amara Voss")
        assert page.evaluate("document.documentElement.scrollWidth") == PHONE[0]
        assert "Person 41" not in page.content()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_the_form_with_pictures_keeps_nobody_out(
    browser: Browser, process: ServerProcess, tmp_path: Path, size: tuple[int, int], scheme: str
) -> None:
    found, photo = [], tmp_path / "gate.jpg"
    photo.write_bytes(photographs.plain())
    with logged_in(browser, process, "en", size=size, scheme=scheme) as page:
        page.goto(f"{process.origin}/console/@pits/write")
        page.set_input_files("#f-picture", photo)
        page.click('[value="picture"]')
        found += faults(page, "picture without words")
        page.set_input_files("#f-picture", photo)
        page.fill('[name="alt.en"]', "A gate")
        page.click('[value="picture"]')
        found += faults(page, "album")
        page.locator('[value^="describe."]').first.click()
        found += faults(page, "words for a picture")
    assert found == []


def addresses(process: ServerProcess) -> dict[str, str]:
    """Every kind of page, with something on it."""
    draft = Path(process.folder / "draft.md")
    draft.write_text("---\ntitle: A draft\nsummary: auto\n---\nSome words for the page.\n")
    key = process.run("publish", "--actor", "pits", str(draft)).rpartition("/")[2]
    work, house = f"/console/declarations/{key}", "/console/@pits"
    signed = ", ".join(f"{{name: Person {number}, country: ES}}" for number in range(60))
    many = process.folder / "many.md"
    many.write_text(f"---\ntitle: Many\nsummary: auto\nsignatories: [{signed}]\n---\nWe sign.\n")
    many_key = process.run("publish", "--actor", "pits", "--draft", str(many)).rpartition("/")[2]
    passage, introduction = process.folder / "words.md", process.folder / "spain.md"
    passage.write_text("We want six hours.\n")
    introduction.write_text("What the pits of Spain have said.\n")
    process.run("passages", "put", "six-hours", str(passage), "--source-name", "Programme")
    process.run("introductions", "put", "country", "ES", str(introduction))
    process.run("aliases", "add", "Krivoy Rog", "Kryvyi Rih")
    return {
        "overview": house, "write": f"{house}/write", "form": f"{house}/form", "work": work,
        "edit": f"{work}/edit", "preview": f"{work}/preview", "responses": f"{house}/responses",
        "sessions": "/console/sessions", "gone": "/console/enter/none",
        "passages": f"{house}/passages", "passage": f"{house}/passages/six-hours",
        "new passage": f"{house}/passages/new", "introductions": f"{house}/introductions",
        "introduction": f"{house}/introductions/country/ES", "spellings": "/console/spellings",
        "signed by many": f"/console/declarations/{many_key}/edit",
    }  # fmt: skip


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
@pytest.mark.parametrize("language", ["en", "ar"])
def test_no_page_keeps_anybody_out(
    browser: Browser, process: ServerProcess, language: str, size: tuple[int, int], scheme: str
) -> None:
    found = []
    with logged_in(browser, process, language, size=size, scheme=scheme) as page:
        for name, path in addresses(process).items():
            page.goto(process.origin + path)
            found += faults(page, name)
        page.click('[value="signatory.7"]')
        found += faults(page, "one of many opened")
        page.fill('[name="signatories.7.country"]', "Atlantis")
        page.locator('[value="save"]').first.click()
        found += faults(page, "one of many at fault")
        page.goto(f"{process.origin}/console/@pits/write")
        page.locator('[value="save"]').first.click()
        found += faults(page, "write with faults")
        page.goto(f"{process.origin}/console/@pits/passages/new")
        page.locator('[value="save"]').first.click()
        found += faults(page, "passage with faults")
    assert found == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_no_page_for_readers_keeps_anybody_out(
    browser: Browser, process: ServerProcess, size: tuple[int, int], scheme: str
) -> None:
    object_id = process.run("publish", "--actor", "pits", str(LETTER))
    page_url = json.loads(process.run("show", object_id, "--json"))["url"]
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]},
        color_scheme="dark" if scheme == "dark" else "light",
        bypass_csp=True,  # for the judge, who is a script
    )
    page, found = context.new_page(), []
    profile = f"{process.origin}/@pits"
    for url in (
        *(f"{page_url}?lang={one}" for one in ("en", "ar", "hi", "zh")),
        profile, f"{profile}?lang=ar", f"{profile}/archive", f"{profile}/archive?language=ar",
        f"{profile}/archive?q=axle", f"{profile}/tags/PlantClosures",
        f"{process.origin}/search?q=axle", f"{process.origin}/about", f"{profile}/nothing",
    ):  # fmt: skip
        page.goto(url)
        found += faults(page, url)
    context.close()
    assert found == []


def in_two_languages(process: ServerProcess) -> str:
    """The page of a long letter, in English first."""
    folder = process.folder / "long"
    folder.mkdir(exist_ok=True)
    for language, (title, summary, text) in (("en", TEXTS["en"]), ("ar", TEXTS["ar"])):
        paragraphs = "\n\n".join(f"{text * 12} ({number})" for number in range(1, 21))
        head = f"title: {title}\nsummary: {summary}\noriginal: {language == 'en'}\nslug: long\n"
        (folder / f"long.{language}.md").write_text(f"---\n{head}---\n{paragraphs}\n")
    object_id = process.run("publish", "--actor", "pits", str(folder))
    return str(json.loads(process.run("show", object_id, "--json"))["url"])


@pytest.fixture(scope="module")
def letter(process: ServerProcess) -> str:
    return in_two_languages(process)


@contextmanager
def reading(browser: Browser, url: str, *, script: bool) -> Iterator[Page]:
    context = browser.new_context(
        viewport={"width": PHONE[0], "height": PHONE[1]}, java_script_enabled=script
    )
    page = context.new_page()
    page.goto(url)
    yield page
    context.close()


@pytest.mark.parametrize(("begun", "other"), [("en", "ar"), ("ar", "en")])
def test_the_languages_stay_in_sight_and_lead_to_the_paragraph_that_is_read(
    browser: Browser, letter: str, begun: str, other: str
) -> None:
    with reading(browser, f"{letter}?lang={begun}", script=True) as page:
        page.evaluate("document.getElementById('p7').scrollIntoView()")
        link = page.locator(f'article > .languages a[hreflang="{other}"]')
        expect(link).to_be_in_viewport()
        link.click()
        page.wait_for_url("**#p7")
        assert page.locator("html").get_attribute("lang") == other
        expect(page.locator("#p7")).to_be_in_viewport()
        top = page.locator("#p7").bounding_box()
        bar = page.locator("article > .languages").bounding_box()
        assert top is not None
        assert bar is not None
        assert top["y"] >= bar["y"] + bar["height"]  # not behind the languages
        assert page.evaluate("document.documentElement.scrollWidth") == PHONE[0]

        page.evaluate("scrollTo(0, 0)")
        page.locator(f'article > .languages a[hreflang="{begun}"]').click()
        page.wait_for_load_state()
        assert "#" not in page.url  # whoever has not begun to read begins at the top


@pytest.mark.parametrize(("begun", "other"), [("en", "ar"), ("ar", "en")])
def test_without_script_the_ways_over_beside_the_text_keep_the_place(
    browser: Browser, letter: str, begun: str, other: str
) -> None:
    with reading(browser, f"{letter}?lang={begun}", script=False) as page:
        way = page.locator("#p7 + .way")
        way.locator("summary").click()
        way.locator(f'a[hreflang="{other}"]').click()
        page.wait_for_url("**#p7")
        assert page.locator("html").get_attribute("lang") == other
        expect(page.locator("#p7")).to_be_in_viewport()
        page.locator(f'article > .languages a[hreflang="{begun}"]').click()
        page.wait_for_load_state()
        assert page.locator("html").get_attribute("lang") == begun


def test_the_judge_finds_what_is_wrong(browser: Browser) -> None:
    page = browser.new_page()
    page.set_content("<p style='color: #ccc'>pale</p><input><img src='data:,'>")
    told = " ".join(faults(page, "wrong"))
    page.close()
    assert all(rule in told for rule in ("color-contrast", "label", "image-alt", "html-has-lang"))


def faults(page: Page, name: str) -> list[str]:
    page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
    page.evaluate(AXE.read_text(encoding="utf-8"))
    result = page.evaluate("axe.run()")
    wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    told = [
        f"{name}: {one['id']}: {node['html'][:120]}"
        for one in result["violations"]
        for node in one["nodes"]
    ]
    return told + ([f"{name} is {wide} pixels too wide"] if wide > 0 else [])
