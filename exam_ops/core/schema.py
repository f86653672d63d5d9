"""The published interface: problem details documented once for every operation."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension


class TokenScheme(OpenApiAuthenticationExtension):
    """How the token is documented."""

    target_class = "exam_ops.core.tokens.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {
            "type": "apiKey",
            "in": "header",
            "name": "Authorization",
            "description": "`Authorization: Token <opaque>`, from `POST /api/v1/auth/tokens/`",
        }


PROBLEM = {
    "type": "object",
    "required": ["type", "title", "status", "detail", "code", "errors"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string", "examples": ["not_open"]},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "code", "detail"],
                "properties": {
                    "field": {"type": "string"},
                    "code": {"type": "string"},
                    "detail": {"type": "string"},
                },
            },
        },
    },
    "additionalProperties": True,
}
_EXAMPLE = {
    "type": "/api/v1/docs/#not_open",
    "title": "不在办理时间内",
    "status": 409,
    "detail": "现在不在入场办理时间内。开考前 30 分钟开始，开考后 30 分钟截止。",
    "code": "not_open",
    "errors": [],
}


def document_problems(result: dict[str, Any], generator: Any, **kwargs: Any) -> dict[str, Any]:
    """Adds the problem answer to every operation, so that no refusal is undocumented."""
    result["components"].setdefault("schemas", {})["Problem"] = PROBLEM
    answer = {
        "description": "Refused: problem details with a stable `code`.",
        "content": {
            "application/problem+json": {
                "schema": {"$ref": "#/components/schemas/Problem"},
                "examples": {"not_open": {"value": _EXAMPLE}},
            }
        },
    }
    for path in result["paths"].values():
        for operation in path.values():
            if isinstance(operation, dict) and "responses" in operation:
                for status in ("4XX", "5XX"):
                    operation["responses"].setdefault(status, answer)
    return result
