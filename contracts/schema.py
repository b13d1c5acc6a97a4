"""One JSON Schema document (2020-12) of everything on the wire, from which the web's types are generated.

`python -m contracts.schema > schema.json`, then json-schema-to-typescript: `json2ts
--additionalProperties false --unreachableDefinitions -i schema.json`. Each entry of `$defs` becomes the
TypeScript type of that name. Fields with a default are required here: the server always writes them, and
the panel writes what it sends in full.
"""

import json
import sys
from typing import Any, Final

from pydantic import TypeAdapter
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from contracts import (
    chat,
    chat_http,
    contact,
    guides,
    panel,
    quality,
    suggestion,
    summary,
    transcript,
    voc,
    voc_http,
)
from contracts.codec import AnyEvent
from contracts.event import Language, Model, Role

_MODE: Final[JsonSchemaMode] = "serialization"

_UNIONS: Final[dict[str, Any]] = {
    "AnyEvent": AnyEvent,
    "PanelMessage": panel.PanelMessage,
    "PanelRequest": panel.PanelRequest,
    "Role": Role,
    "Language": Language,
    "StaffRole": panel.StaffRole,
    "ContactKind": contact.ContactKind,
    "ContactState": contact.ContactState,
    "Sound": transcript.Sound,
    "RecognitionMode": transcript.RecognitionMode,
    "Outcome": suggestion.Outcome,
    "SummaryField": summary.SummaryField,
    "FormField": summary.FormField,
    "DoubtKind": summary.DoubtKind,
    "Engine": suggestion.Engine,
    "SnippetKind": suggestion.SnippetKind,
    "GuideStatus": guides.GuideStatus,
    "GuideFlag": guides.GuideFlag,
    "GapStatus": guides.GapStatus,
    "ChatMessage": chat.ChatMessage,
    "ChatRequest": chat.ChatRequest,
    "Body": chat.Body,
    "Channel": chat.Channel,
    "ChatState": chat.ChatState,
    "Side": chat.Side,
    "Danger": voc.Danger,
    "Lane": voc.Lane,
    "AlertKind": voc.AlertKind,
    "Severity": voc.Severity,
    "AlertState": voc.AlertState,
    "CloseReason": voc.CloseReason,
    "AlertDeed": voc.AlertDeed,
}
"""Aliases that pydantic writes out in place; here they keep their name."""

_HTTP: Final[tuple[type[Model], ...]] = (
    panel.Staff,
    panel.SignIn,
    panel.ContactEntry,
    panel.ContactView,
    panel.SummaryEdit,
    panel.RolesEdit,
    panel.LanguageEdit,
    panel.Article,
    panel.Refused,
    summary.SummaryForm,
    guides.GuideVersion,
    guides.GuideList,
    guides.GuideSave,
    guides.GuideMove,
    guides.GuideImport,
    guides.Gap,
    guides.GapMove,
    guides.GuideFigures,
    quality.DraftQuality,
    chat.ChatHead,
    chat_http.ChatSite,
    chat_http.ChatStart,
    chat_http.ChatKey,
    chat_http.TicketAsked,
    chat_http.ChatTicket,
    chat_http.LinkRedeemed,
    chat_http.PhotoKept,
    chat_http.EntriesBefore,
    chat_http.MailAsked,
    chat_http.PushAsked,
    chat_http.CannedAnswers,
    chat_http.LinkAsked,
    chat_http.LinkMade,
    chat_http.ServedFigures,
    voc.AlertView,
    voc.AlertList,
    voc.AlertCommand,
    voc_http.Board,
    voc_http.VocContacts,
    voc_http.VocHistory,
    voc_http.VocRules,
    voc_http.VocRulesView,
    voc_http.ReportList,
)
"""Models that travel outside of the WebSocket's messages."""


def export_schema() -> dict[str, Any]:
    """The document: `$defs` by name, sorted; the same for the same contracts."""
    unions = {name: TypeAdapter(alias).json_schema(mode=_MODE) for name, alias in _UNIONS.items()}
    _, http = models_json_schema([(model, _MODE) for model in _HTTP])
    definitions: dict[str, Any] = dict(http.get("$defs", {}))
    for schema in unions.values():
        definitions |= schema.pop("$defs", {})

    names = {_fingerprint(schema): name for name, schema in unions.items()}
    definitions = {name: _with_names(schema, names) for name, schema in definitions.items()}
    definitions |= {name: schema | {"title": name} for name, schema in unions.items()}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Contracts",
        "type": "object",
        "properties": {name: {"$ref": f"#/$defs/{name}"} for name in sorted(definitions)},
        "$defs": {name: definitions[name] for name in sorted(definitions)},
    }


def _fingerprint(schema: dict[str, Any]) -> str:
    """Equal for an alias and for the places where it was written out."""
    return json.dumps([schema.get(key) for key in ("enum", "oneOf")], sort_keys=True)


def _with_names(schema: Any, names: dict[str, str], *, is_model: bool = True) -> Any:
    """Replace written-out aliases by references, require every field, drop field titles (no type names)."""
    if isinstance(schema, list):
        return [_with_names(item, names, is_model=False) for item in schema]
    if not isinstance(schema, dict):
        return schema
    if ("enum" in schema or "oneOf" in schema) and (name := names.get(_fingerprint(schema))):
        return {"$ref": f"#/$defs/{name}"}
    if "$ref" in schema:
        # Generators treat a reference with a default beside it as a type of its own.
        return {"$ref": schema["$ref"]}
    named = {
        key: {field: _with_names(inner, names, is_model=False) for field, inner in value.items()}
        if key == "properties"
        else _with_names(value, names, is_model=False)
        for key, value in schema.items()
        if key != "default"
    }
    if "properties" in named:
        named["required"] = list(named["properties"])
    if not is_model:
        named.pop("title", None)
    return named


if __name__ == "__main__":
    json.dump(export_schema(), sys.stdout, ensure_ascii=False, indent=2)
    sys.stdout.write("\n")
