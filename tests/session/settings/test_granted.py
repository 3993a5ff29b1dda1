"""What was asked beside what was granted, and names that complete themselves."""

from __future__ import annotations

import inspect
from typing import Any

import pytest
from IPython.core.completer import provisionalcompleter
from IPython.core.interactiveshell import InteractiveShell

import rtwidgets as rt
from rtwidgets.protocol.config import SessionConfig
from rtwidgets.session.settings.flat import OVERRIDES, SETTINGS, session_config
from rtwidgets.session.settings.granted import Asked, AskedVsGranted
from tests.session.scripted import Peer, Script


def compare(granted: dict[str, Any], **asked: Any) -> AskedVsGranted:
    return AskedVsGranted(session_config(asked), session_config(granted))


class TestComparison:
    def test_nothing_asked_and_everything_granted(self) -> None:
        assert not compare({}) and len(compare({})) == 0
        granted = compare({"voice": "verse", "speed": 1.0}, voice="verse")
        assert not granted and [row.name for row in granted.all] == ["voice"]
        assert repr(granted) == "everything was granted (1 setting asked for)"
        assert granted._repr_html_() == repr(granted)

    def test_what_the_server_adds_does_not_matter(self) -> None:
        vad = {"type": "server_vad", "threshold": 0.5, "silence_duration_ms": 300}
        assert not compare({"turn_detection": vad}, silence_duration_ms=300)
        transcription = {"model": "whisper-1", "language": "en", "prompt": ""}
        assert not compare({"transcription": transcription}, transcription="whisper-1")

    def test_null_and_absent_are_alike(self) -> None:
        assert not compare({}, turn_detection=None, noise_reduction=None)
        assert compare({"turn_detection": "server_vad"}, turn_detection=None)

    def test_each_difference_has_a_row(self) -> None:
        rows = compare(
            {"voice": "alloy", "turn_detection": "semantic_vad"},
            voice="verse",
            turn_detection={"type": "server_vad", "threshold": 0.25},
            max_output_tokens=100,
        )
        assert [(row.name, row.asked, repr(row.granted)) for row in rows] == [
            ("voice", "verse", "'alloy'"),
            ("turn_detection", "server_vad", "'semantic_vad'"),
            ("threshold", 0.25, "not reported"),
            ("max_output_tokens", 100, "not reported"),
        ]
        assert rows[0].same is False and rows[-1].name == "max_output_tokens"
        assert [row.name for row in rows[1:3]] == ["turn_detection", "threshold"]

    def test_numbers_of_32_bits(self) -> None:
        assert not compare({"speed": 1.2000000476837158}, speed=1.2)

    def test_tools_are_compared_by_name_and_hide_secrets(self) -> None:
        mcp = {"type": "mcp", "server_label": "docs", "server_url": "https://x.example"}
        tool = {"type": "function", "name": "weather", "parameters": {"type": "object"}}
        asked = [tool, {**mcp, "authorization": "abc123", "headers": {"X": "abc123"}}]
        assert not compare({"tools": [mcp, tool]}, tools=asked)
        rows = compare({"tools": []}, tools=asked)
        assert rows and "abc123" not in repr(rows) + str(rows[0]) + rows._repr_html_()
        assert "weather, docs" in repr(rows) and "none" in repr(rows)

    def test_how_it_shows_itself(self) -> None:
        rows = compare({"instructions": "<b>no</b>"}, instructions="x" * 100)
        assert repr(rows).splitlines()[0].split() == ["setting", "asked", "granted"]
        assert "x" * 59 + "…" in repr(rows) and "x" * 60 not in repr(rows)
        page = rows._repr_html_()
        assert "&lt;b&gt;no" in page and "<b>" not in page and "style" not in page


class TestAsked:
    def test_refused_changes_do_not_count(self) -> None:
        asked = Asked()
        asked.add("a", session_config({"voice": "ash", "speed": 1.5}))
        asked.add("b", session_config({"voice": "verse"}))
        asked.refused("b")
        asked.settled("b")
        assert asked.config == session_config({"voice": "ash", "speed": 1.5})

    def test_later_changes_go_on_top_whatever_settles_first(self) -> None:
        asked = Asked()
        asked.add("a", session_config({"voice": "ash"}))
        asked.add("b", session_config({"voice": "verse"}))
        asked.settled("b")
        asked.settled("a")
        assert asked.config == session_config({"voice": "verse"}) and not asked._changes
        assert Asked().config == SessionConfig()


@pytest.mark.server
class TestInASession:
    def test_a_server_that_keeps_its_own_voice(self, script: Script) -> None:
        async def stubborn(peer: Peer, event: dict[str, Any]) -> None:
            await peer.send("session.updated", session=peer.session)

        script.on["session.update"] = stubborn
        with rt.connect(script.url, quiet=True, voice="verse") as session:
            rows = {row.name: (row.asked, row.granted) for row in session.asked_vs_granted}
            assert rows["voice"] == ("verse", "alloy")
            session.update(voice="alloy")
            assert "voice" not in {row.name for row in session.asked_vs_granted}

    def test_what_was_refused_was_not_asked(self, session: rt.Session, script: Script) -> None:
        async def refuse(peer: Peer, event: dict[str, Any]) -> None:
            await peer.error("no", event_id=event["event_id"])

        script.on["session.update"] = refuse
        with pytest.raises(rt.ApiError):
            session.update(voice="ash")
        assert not session.asked_vs_granted

    @pytest.mark.parametrize("dialect", ["ga", "beta"])
    def test_the_embedded_server_grants_what_it_is_asked(self, dialect: str) -> None:
        def weather(city: str) -> str:
            """The weather of a city."""
            return city

        with (
            rt.serve("simulated", seed=1) as server,
            rt.connect(
                server.url, dialect=dialect, quiet=True, voice="verse", tools=[weather]
            ) as session,
        ):
            session.update(silence_duration_ms=250, threshold=0.4, output_modalities="text")
            session.update(instructions="Be brief", max_output_tokens=200)
            granted = session.asked_vs_granted
            assert list(granted) == [] and len(granted.all) >= 8


class TestCompletion:
    @pytest.mark.parametrize(
        ("fn", "names"),
        [
            (rt.Session.update, SETTINGS),
            (rt.connect, SETTINGS),
            (rt.Session.respond, OVERRIDES),
        ],
    )
    def test_the_signature_has_every_name(self, fn: Any, names: dict[str, Any]) -> None:
        parameters = inspect.signature(fn).parameters
        assert set(names) <= set(parameters)
        assert all(p.kind is not inspect.Parameter.VAR_KEYWORD for p in parameters.values())

    @pytest.mark.parametrize("use_jedi", [True, False])
    def test_a_notebook_completes_them(self, use_jedi: bool) -> None:
        shell = InteractiveShell()
        shell.user_ns.update(session=object.__new__(rt.Session), rt=rt)
        shell.Completer.use_jedi = use_jedi
        for line, wanted in (
            ("session.update(silence", "silence_duration_ms="),
            ("session.respond(voice='ash', output_mod", "output_modalities="),
            ("rt.connect(turn_d", "turn_detection="),
        ):
            with provisionalcompleter():
                found = [c.text for c in shell.Completer.completions(line, len(line))]
            assert found == [wanted]
