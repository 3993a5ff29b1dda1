"""The hearing half of the server core, judged through the pair (reference, 4.4 to 4.6)."""

from __future__ import annotations

from rtwidgets.protocol.config import (
    AudioConfig,
    AudioInput,
    SessionConfig,
    Transcription,
    TurnDetection,
)
from rtwidgets.protocol.items import (
    InputAudio,
    Message,
)
from rtwidgets.protocol.work import Cancel, Respond, Resume, Speculate, Transcribe
from tests.pair import Pair, asked


def test_a_spoken_turn_under_server_vad(pair: Pair) -> None:
    pair.update(
        SessionConfig(
            type="realtime",
            audio=AudioConfig(input=AudioInput(transcription=Transcription(model="whisper-1"))),
        )
    )
    seen = pair.speak(speech_ms=960, silence_ms=640)
    assert pair.names(seen) == pair.without_done(
        [
            "InputAudioBufferSpeechStarted",
            "InputAudioBufferSpeechStopped",
            "InputAudioBufferCommitted",
            "ConversationItemAdded",
            "ConversationItemDone",
            "ResponseCreated",
        ],
    )
    assert len({e.item_id for e in seen[:3]} | {seen[3].item.id}) == 1
    assert seen[0].audio_start_ms == 0
    assert seen[1].audio_end_ms == 960 + 512
    assert not any(isinstance(work, Respond) for work in pair.work)
    names = pair.names(pair.write_down("what is this", 1.2))
    assert names == [
        "ConversationItemInputAudioTranscriptionDelta",
        "ConversationItemInputAudioTranscriptionCompleted",
    ]
    item = next(work for work in pair.work if isinstance(work, Respond)).items[0]
    assert isinstance(item, Message)
    assert item.content == (InputAudio(transcript="what is this"),)
    pair.answer("A test.")
    assert [row.status for row in pair.client.conversation.usage.rows] == ["completed"]


def test_transcripts_reach_the_model_but_not_the_wire_when_they_are_off(pair: Pair) -> None:
    pair.speak(speech_ms=960, silence_ms=640)
    assert pair.write_down("what is this") == []
    content = pair.take(Respond).items[0].content  # type: ignore[union-attr]
    assert content == (InputAudio(transcript="what is this"),)
    assert pair.client.conversation.text(str(pair.client.conversation.items[0].id)) == ""


def test_a_pause_is_transcribed_ahead_and_dropped_when_the_user_goes_on(pair: Pair) -> None:
    pair.speak(speech_ms=640, silence_ms=192)
    guess = pair.take(Speculate)
    assert len(guess.audio) == round(guess.format.byte_count(768))
    pair.speak(speech_ms=640, silence_ms=0)
    assert pair.take(Resume).item_id == guess.item_id


def test_barge_in_closes_the_answer_before_anything_else(pair: Pair) -> None:
    pair.client.create_item(asked("count"))
    pair.client.create_response()
    pair.settle()
    response_id = pair.take(Respond).response_id
    pair.server.text_delta(response_id, "one two")
    pair.server.audio_delta(response_id, bytes(4800))
    pair.settle()
    seen = pair.speak(speech_ms=128, silence_ms=0)
    assert pair.names(seen) == pair.without_done(
        [
            "InputAudioBufferSpeechStarted",
            "ResponseOutputAudioDone",
            "ResponseOutputAudioTranscriptDone",
            "ResponseContentPartDone",
            "ConversationItemDone",
            "ResponseOutputItemDone",
            "ResponseDone",
        ],
    )
    done = seen[-1].response
    assert (done.status, done.status_details.reason) == ("cancelled", "turn_detected")
    assert done.output[0].status == "incomplete"
    assert pair.take(Cancel).response_id == response_id
    pair.server.text_delta(response_id, "three")
    pair.server.finished(response_id)
    assert pair.settle() == []


def test_no_interruption_where_the_session_forbids_it(pair: Pair) -> None:
    pair.update(
        SessionConfig(
            type="realtime",
            audio=AudioConfig(
                input=AudioInput(turn_detection=TurnDetection(interrupt_response=False))
            ),
        )
    )
    pair.client.create_item(asked("count"))
    pair.client.create_response()
    pair.settle()
    assert pair.names(pair.speak(speech_ms=128, silence_ms=0)) == ["InputAudioBufferSpeechStarted"]
    pair.answer("one")
    assert pair.client.conversation.usage.rows[0].status == "completed"


def test_push_to_talk(pair: Pair) -> None:
    pair.update(
        SessionConfig(type="realtime", audio=AudioConfig(input=AudioInput(turn_detection=None)))
    )
    pair.client.append_audio(bytes(4800))
    committed = pair.client.commit_audio()
    assert pair.names(pair.settle()) == pair.without_done(
        ["InputAudioBufferCommitted", "ConversationItemAdded", "ConversationItemDone"]
    )
    assert pair.take(Transcribe).audio == bytes(4800)
    pair.client.append_audio(bytes(4798))
    refused = pair.client.commit_audio()
    (error,) = pair.settle()
    assert error.error.code == "input_audio_buffer_commit_empty"
    assert error.error.event_id == refused.event_id != committed.event_id
