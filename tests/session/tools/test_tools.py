"""Tools in a talk with the embedded server, and what a server is told of them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import rtwidgets as rt
from tests.session.calling import (
    add,
    creates,
    multiply,
    until,
    updates,
)
from tests.session.scripted import Peer, Script

pytestmark = pytest.mark.server


class TestEmbedded:
    @pytest.fixture(params=["ga", "beta"])
    def session(self, request: pytest.FixtureRequest) -> Iterator[rt.Session]:
        with (
            rt.serve("simulated", seed=1) as server,
            rt.connect(server.url, dialect=request.param, quiet=True) as opened,
        ):
            yield opened

    def test_a_call_and_the_answer(self, session: rt.Session) -> None:
        @session.tool
        def weather(city: str) -> dict[str, Any]:
            """The weather of a city."""
            return {"city": city, "degrees": 12}

        turn = session.say('use weather for "Bern"').wait(20)
        assert turn.text == "The weather says: city is Bern, degrees is 12."
        (made,) = turn.tool_calls
        assert (made.name, made.arguments, made.status) == ("weather", {"city": "Bern"}, "done")
        assert made.result == {"city": "Bern", "degrees": 12} and made.error is None
        assert made.duration_s is not None and made.duration_s < 5
        kinds = [type(item).__name__ for item in session.conversation.items]
        assert kinds == ["Message", "FunctionCall", "FunctionCallOutput", "Message"]
        rows = session.usage.rows
        assert len(rows) == 2
        assert turn.usage.total_tokens == sum(row.usage.total_tokens for row in rows)
        assert weather("Basel")["city"] == "Basel"  # the function stays as it is
        assert "weather" in repr(turn) and "weather" in turn._repr_html_()

    def test_plain_and_async_in_one_response(self, session: rt.Session) -> None:
        @session.tool
        def first() -> str:
            time.sleep(0.2)
            return "one"

        @session.tool
        async def second() -> str:
            return "two"

        turn = session.say("call first and second").wait(20)
        assert turn.text == "The first says: one. The second says: two."

    def test_many_turns_at_once(self, session: rt.Session) -> None:
        session.tools.add(add)
        turns = [session.say(f"call add with a = {n} and b = 1") for n in range(6)]
        assert [turn.wait(30).text for turn in turns] == [
            f"The add says: {n + 1}." for n in range(6)
        ]
        assert session.errors == ()

    def test_functions_given_when_the_session_opens(self) -> None:
        with (
            rt.serve("simulated", seed=1) as server,
            rt.connect(server.url, quiet=True, tools=[add]) as session,
        ):
            assert list(session.tools) == ["add"]
            assert session.say("call add with 2 and 3").wait(20).text == "The add says: 5."

    def test_spoken(self, session: rt.Session) -> None:
        """The server answers by itself, and nobody asked for the first response."""

        @session.tool
        def clock() -> str:
            return "noon"

        session.update(tool_choice="required")
        t = np.arange(24000) / 24000
        syllables = np.sin(2 * np.pi * 220 * t) * 8000 * np.sin(2 * np.pi * 2.5 * t) ** 2
        turn = session.say(syllables.astype(np.int16)).wait(20)
        assert [c.result for c in turn.tool_calls] == ["noon"]
        assert turn.text == "The clock says: noon." and turn.audio.duration_s > 0.5
        assert session.errors == ()

    def test_in_a_coroutine(self, session: rt.Session) -> None:
        session.tools.add(add)

        async def main() -> str:
            return (await session.say("call add with 2 and 3")).text

        assert asyncio.run(main()) == "The add says: 5."


class TestTellingTheServer:
    def test_one_update_for_all_of_a_cell(self, script: Script, session: rt.Session) -> None:
        session.tools.add(add)
        session.tools.add(add, name="sum")

        @session.tool(name="product")
        def multiply(a: int, b: int) -> int:
            return a * b

        until(lambda: updates(script))
        session.say("hello").wait(5)
        assert updates(script) == [["add", "sum", "product"]]
        assert list(session.tools) == ["add", "sum", "product"]
        assert session.tools["add"].schema["required"] == ["a", "b"]
        assert "FunctionTool add(a, b)" in repr(session.tools)

    def test_before_the_next_response_at_the_latest(
        self, script: Script, session: rt.Session, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("rtwidgets.session.tools.toolbox.MOMENT_S", 60)
        session.tools.add(add)
        session.say("hello").wait(5)
        types = script.types()
        assert types.index("response.create") > len(types) - 2 > types.index("session.update")
        session.tools.remove("add")
        session.respond(conversation="none").wait(5)
        assert updates(script) == [["add"], []]

    def test_when_the_session_opens_it_is_one_update(self, script: Script) -> None:
        with rt.connect(script.url, quiet=True, voice="verse", tools=[add]) as session:
            assert len(script.types()) == 1 and updates(script) == [["add"]]
            assert session.conversation.session.tools

    def test_removed(self, script: Script, session: rt.Session) -> None:
        session.tools.add(add)
        session.tools.remove("add")
        until(lambda: updates(script))
        assert updates(script) == [[]] and repr(session.tools) == "no tools"
        with pytest.raises(rt.ToolError, match="no tool is called 'add': there are none"):
            session.tools.remove("add")
        session.tools.add(add)
        with pytest.raises(rt.ToolError, match="no tool is called 'ad': did you mean 'add'"):
            session.tools.remove("ad")

    def test_beside_tools_that_are_data(self, script: Script, session: rt.Session) -> None:
        session.tools.add(add)
        session.update(tools=[{"name": "mine", "parameters": {"type": "object"}}])
        assert updates(script)[-1] == ["mine", "add"]
        session.update(tools=None)
        assert updates(script)[-1] == ["add"]
        session.update(tools=[multiply])
        assert updates(script)[-1] == ["add", "multiply"]

    def test_clashes_are_refused(self, script: Script, session: rt.Session) -> None:
        session.tools.add(add)
        session.tools.add(add)  # the cell ran again
        with pytest.raises(rt.ToolError, match=r"'add' belongs to the tool .*calling\.add"):
            session.tools.add(multiply, name="add")
        with pytest.raises(rt.ToolError, match="'add' belongs to a function"):
            session.update(tools=[{"name": "add"}])
        session.update(tools=[{"name": "mine"}])
        with pytest.raises(rt.ToolError, match=r"'mine' belongs to a tool that session\.update"):
            session.tools.add(multiply, name="mine")
        with pytest.raises(rt.ToolError, match="2 of the tools are called 'add'"):
            rt.connect(script.url, quiet=True, tools=[add, {"name": "add"}])

    def test_for_one_response(self, script: Script, session: rt.Session) -> None:
        session.tools.add(add)
        session.respond(tools=[add], tool_choice="add").wait(5)
        assert [tool["name"] for tool in creates(script)[0]["tools"]] == ["add"]
        with pytest.raises(rt.ToolError, match="multiply is no tool of this session"):
            session.respond(tools=[multiply])

    def test_a_refusal_is_an_error_of_the_session(
        self, script: Script, session: rt.Session, caplog: pytest.LogCaptureFixture
    ) -> None:
        async def refuse(peer: Peer, event: dict[str, Any]) -> None:
            await peer.error("too many tools", event_id=event["event_id"])

        script.on["session.update"] = refuse
        session.tools.add(add)
        until(lambda: session.errors)
        until(lambda: "refused settings" in caplog.text)
        assert "too many tools" in str(session.errors[0])

    def test_hints_that_only_this_function_knows(self, session: rt.Session) -> None:
        from dataclasses import dataclass

        @dataclass
        class Place:
            city: str

        @session.tool
        def visit(place: Place) -> None: ...

        assert session.tools["visit"].schema["properties"]["place"]["required"] == ["city"]
