"""The description of the API: what a form takes as JSON Schema, and what every operation may answer."""

from collections.abc import Callable, Mapping
from typing import Any

from django import forms
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse

from .problems import MEDIA_TYPE, Problem

IF_MATCH = OpenApiParameter(
    "If-Match", str, OpenApiParameter.HEADER, required=True, pattern=r'^(W/)?"?[0-9]{1,9}"?$',
    description="The version that the change was made for: the ETag of the record.",
)  # fmt: skip
IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key", str, OpenApiParameter.HEADER, pattern=r"^[\x21-\x7e]{1,200}$",
    description="Any text of your own. The same request with the same key is carried out once in 24 hours.",
)  # fmt: skip
PAGING = [
    OpenApiParameter("cursor", str, description="Where the page begins: taken from “next” or “previous”."),
    OpenApiParameter("limit", int, description="Rows of a page, 50 when left out, 100 at most."),
]


class DeskSchema(AutoSchema):
    """Adds what holds everywhere: problems as answers, and the headers that a handler was marked with."""

    def get_operation_id(self) -> str:
        name: str = super().get_operation_id()
        is_collection = self.method == "GET" and not self.path.endswith("}/")
        return f"{name.removesuffix('_retrieve')}_list" if is_collection and name.endswith("_retrieve") else name

    def get_override_parameters(self) -> list[Any]:
        handler = getattr(self.view, self.method.lower(), None)
        return [IDEMPOTENCY_KEY] if getattr(handler, "takes_idempotency_key", False) else []

    def _get_response_bodies(self, direction: Any = "response") -> dict[str, Any]:
        bodies: dict[str, Any] = super()._get_response_bodies(direction)
        problem = OpenApiResponse(Problem, description="What went wrong, and what to do.")
        bodies["default"] = self._get_response_for_code(problem, "default", [MEDIA_TYPE], direction)
        return bodies


def schema_of(fields: Mapping[str, forms.Field], *, title: str = "") -> dict[str, Any]:
    """``fields`` of a form as the schema of a JSON object that takes no other names."""
    schema: dict[str, Any] = {
        "type": "object",
        "properties": {name: property_of(field) for name, field in fields.items()},
        "additionalProperties": False,
    }
    required = [name for name, field in fields.items() if field.required and not isinstance(field, forms.BooleanField)]
    return {**({"title": title} if title else {}), **schema, **({"required": required} if required else {})}


def property_of(field: forms.Field) -> dict[str, Any]:
    """One field as JSON Schema (OpenAPI 3.0)."""
    found = dict(_type(field))
    if not field.required and found["type"] not in ("boolean", "array"):
        found["nullable"] = True
        if "enum" in found:
            found["enum"] = [*found["enum"], "", None]
    text = " ".join(str(part) for part in (field.label, field.help_text) if part)
    return {**found, "description": text} if text else found


def _type(field: forms.Field) -> dict[str, Any]:
    for kind, describe in _TYPES:
        if isinstance(field, kind):
            return describe(field)
    return {"type": "string", **({"maxLength": field.max_length} if getattr(field, "max_length", None) else {})}


def _number(field: Any) -> dict[str, Any]:
    limits = {"minimum": field.min_value, "maximum": field.max_value}
    return {"type": "integer", **{name: value for name, value in limits.items() if value is not None}}


_TYPES: list[tuple[type[forms.Field], Callable[[Any], dict[str, Any]]]] = [
    (forms.BooleanField, lambda field: {"type": "boolean"}),
    (forms.DecimalField, lambda field: {"type": "string", "format": "decimal"}),
    (forms.IntegerField, _number),
    (forms.DateTimeField, lambda field: {"type": "string", "format": "date-time"}),
    (forms.DateField, lambda field: {"type": "string", "format": "date"}),
    (forms.FileField, lambda field: {"type": "string", "format": "binary"}),
    (forms.ModelMultipleChoiceField, lambda field: {"type": "array", "items": {"type": "string"}}),
    (forms.ModelChoiceField, lambda field: {"type": "string"}),
    (forms.ChoiceField, lambda field: {"type": "string", "enum": [key for key, _label in field.choices if key]}),
]
