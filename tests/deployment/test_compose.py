"""docker-compose.yml is valid, complete, and names only what exists."""

import importlib
import json
import re
from pathlib import Path

import pytest
import yaml
from django.core.management import get_commands
from jsonschema import Draft202012Validator

ROOT = Path(__file__).resolve().parents[2]
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES = COMPOSE["services"]
OWN = [name for name, service in SERVICES.items() if service["image"].startswith("exam-ops")]


def test_file_follows_the_compose_specification() -> None:
    schema = json.loads((Path(__file__).parent / "compose-spec.json").read_text())

    errors = [
        f"{'/'.join(map(str, error.absolute_path))}: {error.message}"
        for error in Draft202012Validator(schema).iter_errors(COMPOSE)
    ]

    assert errors == []


def test_a_mistake_in_the_file_is_found() -> None:
    schema = json.loads((Path(__file__).parent / "compose-spec.json").read_text())
    wrong = {**COMPOSE, "services": {"web": {"image": "x", "comand": "y"}}}

    assert not Draft202012Validator(schema).is_valid(wrong)


def test_services_are_those_of_the_design() -> None:
    assert set(SERVICES) == {"proxy", "web", "worker", "ocr", "beat-a", "beat-b", "migrate", "db", "redis"}


@pytest.mark.parametrize("name", sorted(set(SERVICES) - {"migrate"}))
def test_service_has_a_health_check(name: str) -> None:
    assert SERVICES[name]["healthcheck"]["test"][0] in {"CMD", "CMD-SHELL"}


@pytest.mark.parametrize("name", OWN)
def test_command_names_something_real(name: str) -> None:
    program, *words = SERVICES[name]["command"]

    if program == "python":
        assert words[0] == "manage.py"
        assert words[1] in get_commands()
    elif program == "celery":
        assert importlib.import_module(words[words.index("-A") + 1]).app.main == "exam_ops"
    else:
        module, _, attribute = words[-1].partition(":")
        assert program == "granian"
        assert callable(getattr(importlib.import_module(module), attribute))


@pytest.mark.parametrize("name", OWN)
def test_own_process_is_confined(name: str) -> None:
    service = SERVICES[name]

    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["environment"]["PRODUCTION"] == "1"


def test_only_the_proxy_can_be_reached_from_outside() -> None:
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["proxy"]
    assert SERVICES["db"]["networks"] == SERVICES["redis"]["networks"] == ["inner"]
    assert COMPOSE["networks"]["inner"]["internal"] is True


def test_broker_loses_nothing_by_itself() -> None:
    words = SERVICES["redis"]["command"]

    assert words[words.index("--appendonly") + 1] == "yes"
    assert words[words.index("--maxmemory-policy") + 1] == "noeviction"


def test_the_portal_believes_the_proxy_alone() -> None:
    address = SERVICES["proxy"]["networks"]["edge"]["ipv4_address"]

    assert SERVICES["web"]["environment"]["TRUSTED_PROXIES"] == address


def test_example_of_settings_is_complete() -> None:
    example = (ROOT / ".env.example").read_text()
    explained = set(re.findall(r"^(?:# )?([A-Z][A-Z_]+)=", example, re.MULTILINE))
    read = set(
        re.findall(r'\b(?:env(?:\.\w+)?|secret)\(\s*"([A-Z_]+)"', (ROOT / "exam_ops/settings.py").read_text())
    )
    filled_in = set(re.findall(r"\$\{([A-Z_]+)", (ROOT / "docker-compose.yml").read_text()))

    assert read | filled_in - {"PORTAL_VERSION"} <= explained


def test_secrets_have_no_default() -> None:
    text = (ROOT / "docker-compose.yml").read_text()

    for name in ("SECRET_KEY", "FIELD_KEYS", "BLIND_INDEX_KEY", "EVIDENCE_KEY", "POSTGRES_PASSWORD"):
        assert set(re.findall(rf"\$\{{{name}(:.|\}})", text)) == {":?"}


def test_image_installs_what_is_locked_and_does_not_run_as_root() -> None:
    lines = (ROOT / "Dockerfile").read_text().splitlines()

    assert any("--require-hashes" in line for line in lines)
    assert [line for line in lines if line.startswith("USER")] == ["USER portal"]
