"""The transcript: what a page shows equals the conversation, in its order, whatever arrives."""

from __future__ import annotations

import random
from typing import Any

import pytest
from msgspec import structs

from rtwidgets.protocol.events import (
    ConversationItemAdded,
    ConversationItemDeleted,
    ConversationItemInputAudioTranscriptionFailed,
    ConversationItemTruncated,
    Error,
    ErrorDetails,
    InputAudioBufferCleared,
    InputAudioBufferSpeechStarted,
    InputAudioBufferSpeechStopped,
    ResponseDone,
)
from rtwidgets.protocol.items import (
    FunctionCall,
    FunctionCallOutput,
    InputAudio,
    InputText,
    Message,
    Response,
    ResponseError,
    StatusDetails,
)
from rtwidgets.protocol.mcp_items import McpApprovalRequest, McpApprovalResponse
from rtwidgets.protocol.work import Respond
from rtwidgets.session.notices import ApprovalWanted, SessionEnded, ToolFinished
from rtwidgets.session.settings import session_config
from rtwidgets.session.tools.approvals import Approval
from rtwidgets.session.tools.calls import ToolCall
from rtwidgets.widgets.speaker import Speaker
from rtwidgets.widgets.transcript import WINDOW, Transcript
from tests.widgets.talk import Page, Talk


class Shown(Page):
    """A page with the transcript: the window that its patches make."""

    def __init__(self, panel: Transcript) -> None:
        super().__init__(panel)
        self.rows: list[Any] = list(self.state["rows"])
        self.seq = self.state["seq"]

    def catch_up(self) -> list[Any]:
        """Apply the patches that came since the last time, as js/src/window.ts does."""
        for message in self.messages:
            assert message["kind"] == "patch"
            if message["seq"] <= self.seq:
                continue
            assert message["seq"] == self.seq + 1
            self.seq = message["seq"]
            known = {row["id"]: row for row in [*self.rows, *message["rows"]]}
            order = message.get("order", [row["id"] for row in self.rows])
            self.rows = [known[key] for key in order]
        self.messages.clear()
        return self.rows

    def lines(self) -> list[tuple[str, str]]:
        return [(row["role"], row["text"]) for row in self.catch_up()]


@pytest.fixture
def talk() -> Talk:
    return Talk()


def shown(talk: Talk) -> tuple[Transcript, Shown]:
    panel = Transcript(talk)  # type: ignore[arg-type]
    page = Shown(panel)
    talk.advance(1)
    return panel, page


def message(item_id: str, text: str, role: Any = "user") -> Message:
    return Message(id=item_id, role=role, status="completed", content=(InputText(text=text),))


def added(item: Any, after: str | None) -> ConversationItemAdded:
    return ConversationItemAdded(previous_item_id=after, item=item)


def test_a_typed_turn_and_its_answer(talk: Talk) -> None:
    _, page = shown(talk)
    talk.say("count to three")
    talk.pair.answer("one ", "two ", "three")
    talk.advance(1)
    assert page.lines() == [("user", "count to three"), ("assistant", "one two three")]
    assert [row["state"] for row in page.rows] == ["final", "final"]


def test_words_grow_at_most_ten_times_a_second(talk: Talk) -> None:
    _, page = shown(talk)
    talk.say("go")
    work = talk.pair.take(Respond)
    for index in range(200):  # two seconds of a token every 10 ms
        talk.pair.server.text_delta(work.response_id, f"w{index} ")
        talk.pair.settle()
        talk.advance(0.01)
    assert 15 <= len(page.messages) <= 22
    assert page.catch_up()[-1]["state"] == "growing"
    talk.pair.server.finished(work.response_id)
    talk.pair.settle()
    talk.advance(1)
    assert page.lines()[-1] == ("assistant", "".join(f"w{i} " for i in range(200)))
    assert page.rows[-1]["state"] == "final"


def test_a_patch_holds_only_what_changed(talk: Talk) -> None:
    _, page = shown(talk)
    talk.say("one")
    talk.pair.answer("first")
    talk.advance(1)
    page.catch_up()
    talk.say("two")
    work = talk.pair.take(Respond)
    talk.pair.server.text_delta(work.response_id, "sec")
    talk.pair.settle()
    talk.advance(1)
    page.catch_up()
    talk.pair.server.text_delta(work.response_id, "ond")
    talk.pair.settle()
    talk.advance(1)
    (last,) = page.messages
    assert [row["text"] for row in last["rows"]] == ["second"]
    assert "order" not in last
    assert not page.updates, "the window is state: it is never sent on its own"


def test_a_spoken_turn_from_speech_to_words(talk: Talk) -> None:
    _, page = shown(talk)
    states = []
    hear = talk.client.receive

    def step(text: Any) -> Any:
        event = hear(text)
        talk.advance(0.2)
        rows = page.catch_up()
        if rows and (not states or states[-1] != (rows[0]["state"], rows[0]["text"])):
            states.append((rows[0]["state"], rows[0]["text"]))
        return event

    talk.client.receive = step  # type: ignore[method-assign]
    talk.pair.update(session_config({"transcription": True}))
    talk.pair.speak(speech_ms=800, silence_ms=640)
    assert [row["role"] for row in page.rows] == ["user"]
    talk.pair.write_down("hello there")
    talk.pair.answer("hi")
    talk.advance(1)
    assert states == [
        ("growing", ""),
        ("pending", ""),
        ("growing", "hello there"),
        ("final", "hello there"),
    ]
    assert page.lines() == [("user", "hello there"), ("assistant", "hi")]


def test_speech_that_leads_to_nothing_leaves_no_row(talk: Talk) -> None:
    _, page = shown(talk)
    talk.events(InputAudioBufferSpeechStarted(item_id="item_x"))
    talk.advance(1)
    assert [row["state"] for row in page.catch_up()] == ["growing"]
    talk.events(InputAudioBufferSpeechStopped(item_id="item_x"), InputAudioBufferCleared())
    talk.advance(1)
    assert page.catch_up() == []


def test_order_is_the_conversation_not_the_arrival(talk: Talk) -> None:
    _, page = shown(talk)
    talk.events(added(message("b", "second"), None))
    talk.advance(1)
    talk.events(added(message("c", "third"), "b"), added(message("a", "first"), None))
    talk.advance(1)
    assert [row["text"] for row in page.catch_up()] == ["first", "second", "third"]


def test_an_interrupted_reply_keeps_its_words_and_says_when(talk: Talk) -> None:
    _, page = shown(talk)
    talk.say("tell me")
    talk.pair.answer("once ", "upon ", "a time")
    item = talk.conversation.items[-1]
    talk.events(ConversationItemTruncated(item_id=str(item.id), content_index=0, audio_end_ms=200))
    talk.advance(1)
    row = page.catch_up()[-1]
    assert (row["text"], row["unheard"]) == ("once upon", "a time")
    assert (row["state"], row["note"]) == ("interrupted", "interrupted after 0.2 s of 0.3 s")


def test_a_stopped_reply_says_so(talk: Talk) -> None:
    _, page = shown(talk)
    talk.say("tell me")
    work = talk.pair.take(Respond)
    talk.pair.server.text_delta(work.response_id, "well")
    talk.pair.settle()
    talk.interrupt()
    talk.advance(1)
    row = page.catch_up()[-1]
    assert (row["text"], row["state"], row["note"]) == ("well", "interrupted", "stopped")


def test_errors_are_rows_where_they_happened(talk: Talk) -> None:
    _, page = shown(talk)
    talk.events(
        added(message("a", "first"), None),
        Error(error=ErrorDetails(code="invalid_value", message="no such voice", param="voice")),
        added(message("b", "second"), "a"),
    )
    talk.advance(1)
    assert page.lines() == [("user", "first"), ("error", "no such voice"), ("user", "second")]
    assert page.rows[1]["note"] == "invalid_value, voice"
    talk.events(ConversationItemDeleted(item_id="a"))
    talk.advance(1)
    assert page.lines() == [("error", "no such voice"), ("user", "second")]


def test_a_failed_response_is_a_row(talk: Talk) -> None:
    _, page = shown(talk)
    error = ResponseError(type="server_error", code="overloaded", message="try again")
    details = StatusDetails(type="failed", error=error)
    done = Response(id="r", status="failed", status_details=details, conversation_id="c")
    talk.events(ResponseDone(response=done))
    talk.advance(1)
    assert page.lines() == [("error", "try again")]
    assert page.rows[0]["note"] == "overloaded"


def test_a_tool_is_a_call_and_a_result(talk: Talk) -> None:
    _, page = shown(talk)
    call = FunctionCall(id="c", name="weather", call_id="k", arguments='{"city": "Bonn"}')
    output = FunctionCallOutput(id="o", call_id="k", output="7 °C")
    talk.events(added(call, None), added(output, "c"))
    talk.advance(1)
    assert page.lines() == [("call", '{"city": "Bonn"}')]
    (row,) = page.rows
    assert (row["name"], row["result"], row["state"]) == ("weather", "7 °C", "final")


def test_a_result_without_its_call_is_a_row_of_its_own(talk: Talk) -> None:
    _, page = shown(talk)
    talk.events(added(FunctionCallOutput(id="o", call_id="gone", output="7 °C"), None))
    talk.advance(1)
    assert page.lines() == [("result", "7 °C")]


def test_a_call_that_failed_says_why_and_how_long_it_took(talk: Talk) -> None:
    _, page = shown(talk)
    talk.events(added(FunctionCall(id="c", name="weather", call_id="k", arguments="{}"), None))
    talk.advance(1)
    assert page.catch_up()[0]["state"] == "pending"
    call = ToolCall("k", "weather", "{}")
    call.duration_s = 0.25
    call.end("failed", '{"error": {}}', ValueError("<b>no such town</b>"))
    talk.events(ToolFinished(call=call))
    talk.advance(1)
    (row,) = page.catch_up()
    assert (row["state"], row["failure"]) == ("failed", "ValueError: <b>no such town</b>")
    assert row["duration_ms"] == 250


def test_a_call_of_the_past_is_timed_by_its_events(talk: Talk) -> None:
    talk.now += 2
    talk.events(added(FunctionCall(id="c", name="weather", call_id="k", arguments="{}"), None))
    talk.now += 0.5
    output = '{"error": {"type": "ValueError", "message": "no such town"}}'
    talk.events(added(FunctionCallOutput(id="o", call_id="k", output=output), "c"))
    _, page = shown(talk)
    (row,) = page.catch_up()
    assert row["failure"] == "ValueError: no such town"
    assert (row["at_ms"], row["duration_ms"]) == (2000, 500)


def test_rows_have_their_time(talk: Talk) -> None:
    panel, page = shown(talk)
    assert panel.zero_ms > 1.6e12
    talk.now += 2
    talk.say("hello")
    talk.advance(1)
    talk.events(Error(error=ErrorDetails(message="oops")))
    talk.advance(1)
    assert [row["at_ms"] for row in page.catch_up()] == [3000, 4000]


def spoken_answer(talk: Talk, text: str, seconds: float) -> str:
    talk.say("tell me")
    work = talk.pair.take(Respond)
    server = talk.pair.server
    server.text_delta(work.response_id, text)
    server.audio_delta(work.response_id, bytes(int(48_000 * seconds)))
    server.finished(work.response_id)
    talk.pair.settle()
    return str(talk.conversation.items[-1].id)


def test_what_nobody_heard_is_told_apart_at_once_and_later(talk: Talk) -> None:
    _, page = shown(talk)
    item_id = spoken_answer(talk, "one two three four", 4.0)
    talk.advance(1)
    row = page.catch_up()[-1]
    assert (row["text"], row["unheard"], row["duration_ms"]) == ("one two three four", "", 4000)
    talk.client.truncate_item(item_id, 2000)
    talk.pair.settle()
    talk.advance(1)
    row = page.catch_up()[-1]
    assert (row["text"], row["unheard"]) == ("one two", "three four")
    assert (row["state"], row["duration_ms"]) == ("interrupted", 2000)
    assert row["note"] == "interrupted after 2.0 s of 4.0 s"
    _, late = shown(talk)
    assert late.catch_up() == page.rows, "who comes late reads the same"


def test_an_answer_that_was_stopped_before_a_sound_was_heard_by_nobody(talk: Talk) -> None:
    _, page = shown(talk)
    talk.say("tell me")
    work = talk.pair.take(Respond)
    talk.pair.server.text_delta(work.response_id, "one two")
    talk.pair.server.audio_delta(work.response_id, bytes(48_000))
    talk.pair.settle()
    talk.heard[str(talk.conversation.items[-1].id)] = 0.0
    talk.interrupt()
    talk.advance(1)
    row = page.catch_up()[-1]
    assert (row["text"], row["unheard"]) == ("", "one two")
    assert row["note"] == "stopped after 0.0 s of 1.0 s"


def test_an_answer_is_played_again_by_the_speaker_of_the_session(talk: Talk) -> None:
    panel, page = shown(talk)
    item_id = spoken_answer(talk, "one two", 1.0)
    talk.advance(1)
    assert page.catch_up()[-1]["sound"] is False, "nobody could play it"
    speaker = Speaker(talk)  # type: ignore[arg-type]
    listener = Page(speaker)
    listener.send("hello")
    other = spoken_answer(talk, "three four", 1.0)
    talk.advance(1)
    rows = {row["id"]: row["sound"] for row in page.catch_up()}
    assert (rows[item_id], rows[other]) == (False, True)
    speaker.stop()
    talk.advance(5)
    page.send("replay", item_id=other)
    talk.advance(1)
    assert speaker.replaying == panel.replaying == other
    page.send("replay", item_id=other)
    talk.advance(5)
    assert speaker.replaying == panel.replaying == ""
    speaker.close()
    talk.say("go")
    talk.advance(1)
    assert not any(row["sound"] for row in page.catch_up())


def test_an_item_is_deleted_a_call_with_its_result(talk: Talk) -> None:
    _, page = shown(talk)
    talk.say("what is the weather?")
    talk.pair.take(Respond)
    item_id = str(talk.conversation.items[-1].id)
    talk.advance(1)
    page.send("delete", item_id=item_id)
    talk.advance(1)
    assert page.lines() == []
    page.send("delete", item_id=item_id)  # from another page, a moment later
    talk.advance(1)
    assert page.lines() == [] and page.panel.problem == ""


class TestApproval:
    def asked(self, talk: Talk) -> Approval:
        call = FunctionCall(id="c", name="delete", call_id="k", arguments='{"path": "a"}')
        talk.events(added(call, None))
        approval = Approval(ToolCall("k", "delete", '{"path": "a"}'), 60)
        talk.events(ApprovalWanted(approval=approval))
        return approval

    def test_a_press_allows_the_call_and_everybody_sees_it(self, talk: Talk) -> None:
        _, page = shown(talk)
        _, other = shown(talk)
        approval = self.asked(talk)
        talk.advance(0.3)
        for tab in (page, other):
            (row,) = tab.catch_up()
            assert row["ask"] == {"key": "k", "state": "pending", "left_s": 60}
        page.send("decide", key="k", approve=True)
        other.send("decide", key="k", approve=False)
        talk.advance(1)
        assert approval.decision == "approved", "the first answer counts"
        for tab in (page, other):
            assert tab.catch_up()[0]["ask"]["state"] == "approved"

    def test_an_answer_from_a_cell_is_seen_as_well(self, talk: Talk) -> None:
        _, page = shown(talk)
        self.asked(talk).deny("not today")
        talk.advance(1)
        assert page.catch_up()[0]["ask"]["state"] == "denied"

    def test_nobody_s_answer_is_told(self, talk: Talk) -> None:
        _, page = shown(talk)
        self.asked(talk).expire("nobody answered")
        talk.advance(1)
        assert page.catch_up()[0]["ask"]["state"] == "expired"

    def test_a_panel_that_comes_late_shows_the_question(self, talk: Talk) -> None:
        talk.pending_approvals = (self.asked(talk),)
        _, page = shown(talk)
        assert page.catch_up()[0]["ask"]["state"] == "pending"

    def test_an_mcp_call_waits_for_the_same_press(self, talk: Talk) -> None:
        _, page = shown(talk)
        sent: list[Any] = []
        talk.create_item = sent.append  # type: ignore[method-assign]
        talk.create_response = lambda: sent.append("respond")  # type: ignore[method-assign]
        request = McpApprovalRequest(id="q", server_label="files", name="rm", arguments="{}")
        talk.events(added(request, None))
        talk.advance(1)
        (row,) = page.catch_up()
        assert row["ask"] == {"key": "q", "state": "pending", "left_s": -1}
        page.send("decide", key="q", approve=False)
        page.send("decide", key="q", approve=True)
        page.send("decide", key="nobody asked", approve=True)
        talk.advance(1)
        answer = McpApprovalResponse(approval_request_id="q", approve=False)
        assert sent == [answer, "respond"]
        talk.events(added(structs.replace(answer, id="a"), "q"))
        talk.advance(1)
        (row,) = page.catch_up()
        assert (row["ask"]["state"], row["state"]) == ("denied", "final")


def test_what_is_over_waits_for_nothing(talk: Talk) -> None:
    panel, page = shown(talk)
    talk.events(added(FunctionCall(id="c", name="f", call_id="k", arguments="{}"), None))
    talk.advance(1)
    assert panel.going_on
    talk.closed = True
    talk.events(SessionEnded(reason="closed", expected=True))
    talk.advance(1)
    (row,) = page.catch_up()
    assert (row["state"], row["note"]) == ("incomplete", "the session ended first")
    assert not panel.going_on


def test_a_failed_transcription_says_why(talk: Talk) -> None:
    _, page = shown(talk)
    spoken = Message(id="u", role="user", status="completed", content=(InputAudio(),))
    failed = ConversationItemInputAudioTranscriptionFailed(
        item_id="u", error=ErrorDetails(message="too short")
    )
    talk.events(added(spoken, None), failed)
    talk.advance(1)
    (row,) = page.catch_up()
    assert (row["state"], row["note"]) == ("failed", "not written down: too short")


def test_speech_without_transcription_does_not_wait_for_words(talk: Talk) -> None:
    _, page = shown(talk)
    spoken = Message(id="u", role="user", status="completed", content=(InputAudio(),))
    talk.events(added(spoken, None))
    talk.advance(1)
    (row,) = page.catch_up()
    assert (row["state"], row["note"]) == ("final", "spoken; transcription is off")


def test_the_window_is_bounded(talk: Talk) -> None:
    _, page = shown(talk)
    last = None
    for index in range(WINDOW + 50):
        talk.events(added(message(f"i{index}", f"line {index}"), last))
        last = f"i{index}"
    talk.advance(1)
    rows = page.catch_up()
    assert len(rows) == WINDOW
    assert rows[-1]["text"] == f"line {WINDOW + 49}"


def test_a_very_long_text_is_cut_and_says_so(talk: Talk) -> None:
    _, page = shown(talk)
    talk.events(added(message("long", "x" * 25_000), None))
    talk.advance(1)
    (row,) = page.catch_up()
    assert len(row["text"]) == 20_000
    assert row["note"] == "5,000 more characters"


def test_a_panel_that_comes_late_shows_the_past(talk: Talk) -> None:
    talk.say("before")
    talk.pair.answer("answer")
    panel, page = shown(talk)
    assert page.lines() == [("user", "before"), ("assistant", "answer")]
    assert panel.get_state()["rows"] == page.rows, "a page that loads now gets the same"


def test_a_page_that_missed_a_patch_gets_everything(talk: Talk) -> None:
    panel, page = shown(talk)
    talk.say("one")
    talk.advance(1)
    page.send("resync")
    talk.advance(1)
    (update,) = page.updates
    assert update == {"rows": panel.rows, "seq": panel.seq}


@pytest.mark.parametrize("seed", range(20))
def test_patches_make_the_window_whatever_happens(talk: Talk, seed: int) -> None:
    """Random inserts anywhere, deletions, errors and words: the page equals the kernel."""
    chance = random.Random(seed)
    panel, page = shown(talk)
    ids: list[str | None] = [None]
    for index in range(120):
        action = chance.random()
        if action < 0.55:
            talk.events(added(message(f"i{index}", f"text {index}"), chance.choice(ids)))
            ids.append(f"i{index}")
        elif action < 0.75 and len(ids) > 1:
            gone = ids.pop(chance.randrange(1, len(ids)))
            talk.events(ConversationItemDeleted(item_id=str(gone)))
        elif action < 0.85:
            talk.events(Error(error=ErrorDetails(message=f"error {index}")))
        talk.advance(chance.choice([0, 0.03, 0.2]))
    talk.advance(1)
    assert page.catch_up() == panel.rows
    words = [row["text"] for row in panel.rows if row["role"] == "user"]
    assert words == [talk.conversation.text(str(item.id)) for item in talk.conversation.items]


def test_it_says_what_it_is(talk: Talk) -> None:
    panel, _ = shown(talk)
    assert repr(panel) == "Transcript of test server: 0 rows"
