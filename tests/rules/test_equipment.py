"""Phones are refused at the plan's limits, machines and lines warned about."""

import pytest

from exam_ops.rules.equipment import (
    bandwidth_problems,
    is_iphone_8_or_later,
    machine_problems,
    phone_problems,
)
from exam_ops.rules.versions import CLIENT_REQUIRED

GOOD_PHONES = {
    "android": ("android", "8.0", "V2055A", 3500, "phone"),
    "harmonyos": ("harmonyos", "1.0", "ALN-AL00", 2000, "phone"),
    "harmonyos_next": ("harmonyos_next", "5.0.0.135", "ALN-AL00", 2000, "phone"),
    "ios": ("ios", "13.0", "iPhone10,1", 2000, "phone"),
}
FACTS = ("platform", "os_version", "model", "memory_mb", "form_factor")


def phone(platform, **changed):
    facts = dict(zip(FACTS, GOOD_PHONES[platform], strict=True))
    return [problem.code for problem in phone_problems(**(facts | changed))]


@pytest.mark.parametrize("platform", GOOD_PHONES)
def test_the_least_phone_of_each_platform_passes(platform):
    assert phone(platform) == []


@pytest.mark.parametrize(
    ("platform", "os_version", "codes"),
    [
        ("android", "7.1.2", ["os_too_old"]),
        ("android", "8", []),
        ("android", "15", []),
        ("harmonyos", "0.9", ["os_too_old"]),
        ("harmonyos", "4.2.0.130", []),
        ("harmonyos_next", "what", []),
        ("ios", "12.5.7", ["os_too_old"]),
        ("ios", "13", []),
        ("ios", "26.1", []),
        ("android", "", ["unreadable_version"]),
        ("android", "八", ["unreadable_version"]),
        ("ios", "18.0-beta", ["unreadable_version"]),
    ],
)
def test_system_versions(platform, os_version, codes):
    assert phone(platform, os_version=os_version) == codes


@pytest.mark.parametrize(
    ("memory", "codes"), [(3499, ["memory_too_small"]), (3500, []), (3501, []), (0, ["memory_too_small"])]
)
def test_android_needs_4_gb_as_phones_report_it(memory, codes):
    assert phone("android", memory_mb=memory) == codes


@pytest.mark.parametrize("platform", ["harmonyos", "harmonyos_next", "ios"])
def test_memory_is_a_rule_for_android_alone(platform):
    assert phone(platform, memory_mb=1) == []


@pytest.mark.parametrize("platform", GOOD_PHONES)
def test_tablets_are_refused(platform):
    assert phone(platform, form_factor="tablet") == ["tablet"]


@pytest.mark.parametrize("model", ["iPad13,1", "iPad Pro (11-inch)", "ipad"])
def test_an_ipad_that_calls_itself_a_phone_is_a_tablet(model):
    assert phone("ios", model=model) == ["tablet"]


@pytest.mark.parametrize("platform", ["", "windows", "Android", "ipados"])
def test_an_unknown_platform_is_all_there_is_to_say(platform):
    assert [p.code for p in phone_problems(platform, "1", "", 0, "tablet")] == ["unknown_platform"]


def test_every_rule_that_fails_is_named():
    assert phone("android", os_version="7", memory_mb=1, form_factor="tablet") == [
        "tablet",
        "os_too_old",
        "memory_too_small",
    ]


def test_what_was_not_asked_is_not_judged():
    assert phone_problems("ios", None, None, None, None) == []
    assert phone_problems("android", None, None, None, None) == []


@pytest.mark.parametrize(
    "model",
    [
        *("iPhone10,1", "iPhone10,6", "iPhone11,8", "iPhone12,8", "iPhone14,6", "iPhone18,4", "iphone10,1"),
        *(
            "iPhone 8",
            "iPhone8",
            "iPhone 8 Plus",
            "iPhone 11",
            "iPhone 12 mini",
            "iPhone 15 Pro",
            "iPhone 16e",
        ),
        *("iPhone X", "iPhone XR", "iPhone XS", "iPhone Xs Max", "iPhone Air", "Apple iPhone 13"),
        *("iPhone SE (2nd generation)", "iPhone SE (3rd generation)", "iPhone SE 2", "iPhone SE（第二代）"),
        *("iPhone SE (2020)", "iPhone SE (2022)"),
    ],
)
def test_iphone_8_and_later(model):
    assert is_iphone_8_or_later(model)
    assert phone("ios", model=model) == []


@pytest.mark.parametrize(
    "model",
    [
        *(
            "iPhone9,4",
            "iPhone8,1",
            "iPhone8,4",
            "iPhone1,1",
            "iPhone 7",
            "iPhone 7 Plus",
            "iPhone 6s",
            "iPhone 5c",
        ),
        *("iPhone SE", "iPhone SE (1st generation)", "iPhone SE (2016)", "iPhone SE（第一代）", "iPhone 3GS"),
        *(
            "iPhone",
            "",
            "iPod9,1",
            "x86_64",
            "Pixel 8",
            "iPhone 8,1",
            "iPhone 888",
            "iPhoneXtra",
            "not an iPhone 8",
        ),
    ],
)
def test_older_and_other_models(model):
    assert not is_iphone_8_or_later(model)
    assert phone("ios", model=model) == ["model_too_old"]


def test_problems_say_which_rule_failed_in_both_languages():
    (problem,) = phone_problems("android", "7.1.2", "M", 4000, "phone")
    assert "8.0" in problem.detail.zh
    assert "Android 7.1.2 is too old; 8.0 or later" in problem.detail.en


def test_braces_in_what_a_phone_reports_are_only_text():
    (problem,) = phone_problems("ios", "13", "{0.__class__}", None, "phone")
    assert "{0.__class__}" in problem.detail.zh


GOOD_MACHINE = {
    "os": "Windows 10 64-bit",
    "memory_mb": 4096,
    "disk_gb": 200,
    "opengl": "2.0",
    "directx": "9.0",
    "client_version": "1.2.2-0",
    "required_client": CLIENT_REQUIRED,
}


def machine(**changed):
    return [problem.code for problem in machine_problems(**(GOOD_MACHINE | changed))]


@pytest.mark.parametrize(
    ("fact", "value", "codes"),
    [
        ("os", "Win10", []),
        ("os", "Windows 7 SP1 x86", []),
        ("os", "win7 32位", []),
        ("os", "Windows XP", ["os_not_listed"]),
        ("os", "Windows 11", ["os_not_listed"]),
        ("os", "Windows 2012 R2", ["os_not_listed"]),
        ("os", "", ["os_not_listed"]),
        ("memory_mb", 3499, ["memory_too_small"]),
        ("memory_mb", 3500, []),
        ("disk_gb", 199.9, ["disk_too_small"]),
        ("disk_gb", 200, []),
        ("opengl", "1.9", ["opengl_too_old"]),
        ("opengl", "4.6.0 NVIDIA 531.41", []),
        ("opengl", "none", ["unreadable_version"]),
        ("directx", "8.1", ["directx_too_old"]),
        ("directx", "9.0c", []),
        ("directx", "12", []),
        ("client_version", "1.2.1-9", ["client_too_old"]),
        ("client_version", "1.2.3-0", []),
        ("client_version", "beta", ["unreadable_version"]),
    ],
)
def test_machine_facts(fact, value, codes):
    assert machine(**{fact: value}) == codes


def test_a_good_machine_and_one_that_reports_nothing_but_its_system():
    assert machine() == []
    assert machine_problems("Win10", None, None, None, None, None, CLIENT_REQUIRED) == []


@pytest.mark.parametrize(
    ("up", "down", "seats", "listening", "codes"),
    [
        (40, 200, 100, False, []),
        (39.9, 200, 100, False, ["up_too_slow"]),
        (40, 199.9, 100, False, ["down_too_slow"]),
        (40, 500, 100, True, []),
        (40, 499.9, 100, True, ["down_too_slow"]),
        (40, 200, 101, False, ["up_too_slow", "down_too_slow"]),
        (20, 100, 50, False, []),
        (12, 60, 30, False, []),
        (0, 0, 0, True, []),
    ],
)
def test_bandwidth_is_counted_for_the_seats_in_use(up, down, seats, listening, codes):
    assert [p.code for p in bandwidth_problems(up, down, seats, listening)] == codes


def test_a_slow_line_is_told_what_it_needs():
    problem = bandwidth_problems(40, 200, 60, True)[0]
    assert problem.detail.zh == "60 个机位须下行 300 Mb/s 及以上，现为 200 Mb/s。"
    assert problem.detail.en == "60 seats need 300 Mb/s down; the line has 200."
