"""Which calls wait for consent, and which functions a response gets of its MCP servers."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec import UNSET

from rtwidgets.errors import RemoteProtocolError
from rtwidgets.protocol.config import PCM16_24K, Tool, ToolChoiceFunction
from rtwidgets.protocol.mcp_config import (
    McpApproval,
    McpTool,
    McpToolFilter,
    ToolChoiceMcp,
    without_secrets,
)
from rtwidgets.protocol.mcp_items import ListedTool
from rtwidgets.protocol.mcp_rules import MOST_SERVERS, check_servers, equipped
from rtwidgets.protocol.work import Respond

URL = "https://example.org/mcp"


def server(label: str = "s", **fields: Any) -> McpTool:
    return McpTool(server_label=label, server_url=URL, **fields)


def names(*tool_names: str) -> McpToolFilter:
    return McpToolFilter(tool_names=tool_names)


@pytest.mark.parametrize(
    ("rule", "asks"),
    [
        (UNSET, True),
        (None, True),
        ("always", True),
        ("never", False),
        (McpApproval(never=names("read")), False),
        (McpApproval(never=names("write")), True),
        (McpApproval(never=McpToolFilter(read_only=True)), False),
        (McpApproval(never=McpToolFilter(read_only=False)), True),
        (McpApproval(never=McpToolFilter(tool_names=("read",), read_only=False)), True),
        (McpApproval(never=McpToolFilter()), True),
        (McpApproval(always=names("write")), True),
        (McpApproval(always=names("read"), never=names("read")), True),
    ],
)
def test_a_call_waits_for_consent_unless_a_rule_says_never(rule: Any, asks: bool) -> None:
    assert server(require_approval=rule).asks("read", read_only=True) is asks


@pytest.mark.parametrize(
    ("rule", "allows"),
    [
        (UNSET, True),
        (None, True),
        ((), False),
        (("read",), True),
        (("write",), False),
        (McpToolFilter(), True),
        (McpToolFilter(read_only=True), True),
        (McpToolFilter(read_only=False), False),
    ],
)
def test_a_model_knows_what_is_allowed(rule: Any, allows: bool) -> None:
    assert server(allowed_tools=rule).allows("read", read_only=True) is allows


def test_secrets_are_in_no_repr_and_in_no_report() -> None:
    tool = server(authorization="abc123", headers={"X": "abc123"})
    assert "abc123" not in repr(tool)
    assert without_secrets(tool) == server()


def refusal(*tools: Any, trouble: str | None = None) -> RemoteProtocolError:
    with pytest.raises(RemoteProtocolError) as caught:
        check_servers(tools, "session.tools", trouble)
    return caught.value


@pytest.mark.parametrize(
    "url", ["", "mcp", "file:///etc/passwd", "https://", "https:///x", "https://a b/", "http://\n/"]
)
def test_a_url_has_to_be_one(url: str) -> None:
    assert refusal(McpTool(server_label="s", server_url=url)).param == "session.tools[0].server_url"


def test_a_password_in_a_url_is_refused_and_not_repeated() -> None:
    error = refusal(McpTool(server_label="s", server_url="https://me:abc123@example.org/"))
    assert "abc123" not in str(error)


def test_labels_are_told_apart() -> None:
    check_servers([server("a"), server("b"), Tool(name="f")], "session.tools", None)
    assert refusal(Tool(name="f"), server(), server()).param == "session.tools[2].server_label"


def test_there_is_a_limit_of_servers() -> None:
    several = [server(str(place)) for place in range(MOST_SERVERS + 1)]
    check_servers(several[:-1], "session.tools", None)
    assert refusal(*several).param == "session.tools"


def test_without_the_package_the_trouble_is_told() -> None:
    check_servers([Tool(name="f")], "session.tools", "install it")
    error = refusal(server(), trouble="install it")
    assert (str(error), error.param) == ("install it", "session.tools[0].type")


# What a response gets


def work(*tools: Tool, choice: Any = "auto") -> Respond:
    return Respond(
        response_id="r",
        instructions="",
        items=(),
        tools=tools,
        tool_choice=choice,
        max_output_tokens=None,
        temperature=None,
        modality="text",
        voice="alloy",
        format=PCM16_24K,
        speed=1.0,
    )


READ = ListedTool(name="read", description="Read.", input_schema={"type": "object"})
WRITE = ListedTool(name="files/write", description=None, input_schema={"type": "object"})


def test_listed_tools_become_functions_beside_those_of_the_client() -> None:
    made, remotes = equipped(work(Tool(name="read")), [(server("disk"), [READ, WRITE])])
    assert [tool.name for tool in made.tools] == ["read", "disk_read", "files_write"]
    assert made.tools[1].description == "Read."
    assert made.tools[2].description is UNSET
    assert {name: remote.tool.name for name, remote in remotes.items()} == {
        "disk_read": "read",
        "files_write": "files/write",
    }


@pytest.mark.parametrize(
    ("choice", "made", "tools"),
    [
        ("auto", "auto", 3),
        ("required", "required", 3),
        (ToolChoiceFunction(name="own"), ToolChoiceFunction(name="own"), 3),
        (ToolChoiceFunction(name="gone"), "auto", 3),
        (ToolChoiceMcp(server_label="disk"), "required", 2),
        (
            ToolChoiceMcp(server_label="disk", name="files/write"),
            ToolChoiceFunction(name="files_write"),
            3,
        ),
        (ToolChoiceMcp(server_label="disk", name="gone"), "auto", 3),
        (ToolChoiceMcp(server_label="gone"), "auto", 3),
    ],
)
def test_a_choice_is_made_among_what_there_is(choice: Any, made: Any, tools: int) -> None:
    asked = work(Tool(name="own"), choice=choice)
    got, _ = equipped(asked, [(server("disk"), [READ, WRITE])])
    assert got.tool_choice == made
    assert len(got.tools) == tools


def test_nothing_can_be_required_of_servers_without_tools() -> None:
    assert equipped(work(choice="required"), [(server(), [])])[0].tool_choice == "auto"
