"""The published interface: valid OpenAPI 3.1, a readable page, and no answer that it does not document."""

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.validation import validate_schema
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from exam_ops.wsgi import application
from tests.conftest import phone_token

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
ROLES = ("proctor", "chief", "site_admin", "centre_officer", "hq")


@pytest.fixture(scope="module")
def published() -> dict:
    return SchemaGenerator(api_version=None).get_schema(request=None, public=True)


def test_it_is_valid_openapi_3_1(published):
    validate_schema(published)
    assert published["openapi"].startswith("3.1")


def test_every_operation_documents_its_refusals(published):
    operations = [op for path in published["paths"].values() for op in path.values() if isinstance(op, dict)]
    assert operations
    assert all("4XX" in op["responses"] for op in operations)


def test_the_schema_and_its_page_are_open(client, db):
    assert client.get("/api/v1/schema/").status_code == 200
    assert b"redoc" in client.get("/api/v1/docs/").content


def test_the_page_asks_no_stranger_for_anything(client, db):
    page = client.get("/api/v1/docs/")
    assert b"https://" not in page.content
    assert "'unsafe-inline'" in page["Content-Security-Policy"]
    assert "'unsafe-inline'" not in client.get("/login/")["Content-Security-Policy"]


def test_a_long_json_body_is_too_large(api, world):
    answer = api(world.cast.proctor).post("/api/v1/sign-ins/", {"items": ["x" * 11_000_000]})
    assert (answer.status_code, answer.data["code"]) == (413, "too_large")


def _operations() -> dict[str, schemathesis.schemas.APIOperation]:
    raw = SchemaGenerator(api_version=None).get_schema(request=None, public=True)
    schema = schemathesis.openapi.from_dict(raw)
    schema.app = application
    return {found.ok().label: found.ok() for found in schema.get_all_operations()}


OPERATIONS = _operations()


@pytest.fixture
def _one_connection():
    """As Django's own test client does: a request neither begins nor ends with closing the test's connection."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def tokens(world) -> dict[str, str]:
    return {role: phone_token(getattr(world.cast, role)) for role in ROLES}


@pytest.mark.parametrize("label", OPERATIONS)
@pytest.mark.timeout(180)
@pytest.mark.usefixtures("_one_connection")
def test_nothing_undocumented_and_no_500(label, tokens):
    operation = OPERATIONS[label]

    @settings(
        max_examples=15,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(), role=st.sampled_from(ROLES))
    def ask(case: schemathesis.Case, role: str) -> None:
        response = case.call(headers={"Authorization": f"Token {tokens[role]}"})
        case.validate_response(response, checks=CHECKS)

    ask()
