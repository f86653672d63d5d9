"""The frame of every page: signing in, the menu in the plan's words, two languages, a phone."""


def test_a_wrong_password_is_told_and_nothing_is_lost(visit):
    page = visit()
    page.goto("/login/")
    page.fill("input[name=username]", "chief")
    page.fill("input[name=password]", "wrong")
    page.press("input[name=password]", "Enter")
    assert page.input_value("input[name=username]") == "chief"
    assert page.locator("main").get_by_role("alert").count() >= 1


def test_the_menu_speaks_the_plans_words(visit, morning):
    page = visit(morning.cast.hq)
    for word in (
        "工作台",
        "考务管理",
        "考点管理",
        "考风考纪管理",
        "应急事件",
        "考试客户端",
        "技术支持",
        "系统管理",
    ):
        assert page.locator("nav.sidebar").get_by_text(word, exact=True).count() == 1


def test_english_is_complete_on_the_workbench(visit, morning):
    page = visit(morning.cast.hq, language="en-GB")
    assert "Workbench" in page.inner_text("nav.sidebar")


def test_a_phone_sees_no_sideways_scroll(visit, morning):
    page = visit(morning.cast.chief, phone=True)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_the_workbench_is_accessible(visit, morning, accessible):
    accessible(visit(morning.cast.chief))
