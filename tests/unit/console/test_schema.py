"""The document from which the web's types are generated."""

import json
import re

from contracts.panel import PanelRequest
from contracts.schema import export_schema


def references(node):
    if isinstance(node, dict):
        yield from ([node["$ref"]] if "$ref" in node else [])
        node = node.values()
    if isinstance(node, list | type({}.values())):
        for inner in node:
            yield from references(inner)


def test_it_is_the_same_each_time_and_whole():
    schema = export_schema()
    assert json.dumps(schema) == json.dumps(export_schema())
    assert list(schema["$defs"]) == sorted(schema["$defs"])
    for reference in references(schema):
        assert reference.removeprefix("#/$defs/") in schema["$defs"]


def test_titles_are_names_of_types_and_only_those():
    for name, definition in export_schema()["$defs"].items():
        assert re.fullmatch(r"[A-Z][A-Za-z]+", name)
        assert definition["title"] == name
        for field in definition.get("properties", {}).values():
            assert "title" not in field


def test_aliases_keep_their_name_where_they_are_used():
    definitions = export_schema()["$defs"]
    assert definitions["Pushed"]["properties"]["event"] == {"$ref": "#/$defs/AnyEvent"}
    assert definitions["Report"]["properties"]["outcome"] == {"$ref": "#/$defs/Outcome"}
    assert definitions["Staff"]["properties"]["role"] == {"$ref": "#/$defs/StaffRole"}
    assert "type" in definitions["Watch"]["required"]
    assert len(definitions["PanelRequest"]["oneOf"]) == len(PanelRequest.__origin__.__args__)
