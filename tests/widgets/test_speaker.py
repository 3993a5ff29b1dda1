"""The speaker between a server core and a page: all is played, or cut where it was cut."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from rtwidgets.audio import encode_ulaw
from rtwidgets.protocol.events import ResponseOutputAudioDelta
from rtwidgets.widgets.playback import Samples
from rtwidgets.widgets.speaker import Speaker
from tests.widgets.voice import Browser, VoiceTalk


def tone(seconds: float, rate: int = 24000) -> bytes:
    t = np.arange(round(seconds * rate)) / rate
    return (8000 * np.sin(2 * np.pi * 440 * t)).astype("<i2").tobytes()


def balance(speaker: Speaker) -> tuple[int, int, int]:
    return speaker.received_samples, speaker.played_samples, speaker.dropped_samples


def test_a_reply_is_played_to_the_last_sample() -> None:
    talk = VoiceTalk()
    speaker = Speaker(talk)
    page = Browser(speaker)
    work = talk.ask()
    sound = tone(3)
    for at in range(0, len(sound), 2 * 2400):
        talk.sound(work.response_id, sound[at : at + 2 * 2400])
        page.play(0.1)
    talk.finish(work.response_id)
    assert speaker.playing
    page.play(1)
    assert page.played == sound
    assert balance(speaker) == (72_000, 72_000, 0)
    assert not speaker.playing
    (samples,) = speaker.items.values()
    assert samples == Samples(received=72_000, played=72_000)


def test_the_first_chunk_leaves_at_once() -> None:
    talk = VoiceTalk()
    page = Browser(Speaker(talk))
    work = talk.ask()
    talk.sound(work.response_id, tone(0.05))
    assert [at for at, _, _ in page.sent] == [talk.now]


def test_a_burst_of_a_minute_is_paced_and_arrives_long_before_it_is_due() -> None:
    talk = VoiceTalk()
    speaker = Speaker(talk)
    page = Browser(speaker)
    work = talk.ask()
    sound = tone(60)
    for at in range(0, len(sound), 9600):
        talk.sound(work.response_id, sound[at : at + 9600])
    talk.finish(work.response_id)
    start = talk.now
    page.play(6)
    times = [at - start for at, _, _ in page.sent]
    assert len(page.sent) < 40
    assert max(times) < 4
    assert all(later - at >= 0.039 for at, later in pairwise(times))
    assert all(len(data) < 1_000_000 for _, _, data in page.sent)
    assert b"".join(data for _, _, data in page.sent) == sound
    ahead = 0.0
    for at, _, data in page.sent:
        assert ahead >= at, "the page never runs dry"
        ahead += len(data) / 48_000
    assert [message["seq"] for _, message, _ in page.sent] == list(range(len(page.sent)))
    assert [message["last"] for _, message, _ in page.sent] == [False] * (len(page.sent) - 1) + [
        True
    ]
    page.play(58)
    assert page.played == sound
    assert balance(speaker) == (1_440_000, 1_440_000, 0)


def test_deltas_that_trickle_are_gathered() -> None:
    talk = VoiceTalk()
    page = Browser(Speaker(talk))
    work = talk.ask()
    for _ in range(200):  # 5 ms each: 200 events a second
        talk.sound(work.response_id, tone(0.005))
        page.play(0.005, step_s=0.005)
    assert len(page.sent) <= 26


def test_when_the_user_speaks_it_stops_and_the_conversation_keeps_what_was_heard() -> None:
    talk = VoiceTalk()
    speaker = Speaker(talk)
    page = Browser(speaker)
    page.latency_s = 0.03
    work = talk.ask()
    for _ in range(50):
        talk.sound(work.response_id, tone(0.1))
    page.play(1.5)
    talk.pair.speak(speech_ms=400, silence_ms=0)
    assert page.stops == 1
    page.play(0.1)
    ((name, item_id, ms),) = [c for c in talk.commands if c[0] == "truncate_item"]
    played = speaker.played_samples
    assert name == "truncate_item"
    assert ms == (played - 720) * 1000 // 24000
    assert ms >= 1400
    assert balance(speaker) == (120_000, played, 120_000 - played)
    assert talk.conversation.audio_bytes[item_id] == 2 * 24 * ms
    assert not speaker.playing


def test_it_says_whether_an_answer_is_made_and_how_much_was_heard_of_a_cut_one() -> None:
    talk = VoiceTalk()
    speaker = Speaker(talk)
    page = Browser(speaker)
    work = talk.ask()
    talk.advance(0.2)
    assert speaker.thinking
    assert not speaker.playing
    talk.sound(work.response_id, tone(2))
    page.play(1)
    assert speaker.playing
    assert not speaker.thinking
    assert speaker.interrupted_ms == -1
    talk.interrupt()
    page.play(0.5)
    assert 700 <= speaker.interrupted_ms <= 1100
    assert not speaker.thinking
    talk.finish(work.response_id)
    talk.ask()
    talk.advance(0.2)
    assert (speaker.interrupted_ms, speaker.thinking) == (-1, True)


def test_an_answer_can_be_stopped_before_it_has_a_sound() -> None:
    talk = VoiceTalk()
    speaker = Speaker(talk)
    page = Browser(speaker)
    work = talk.ask()
    talk.advance(0.2)
    page.silence(1)  # the person pressed Stop
    assert ("cancel_response", None) in talk.commands
    assert (speaker.interrupted_ms, speaker.thinking) == (0, False)
    talk.sound(work.response_id, tone(1))
    page.play(0.5)
    assert page.sent == [], "what still comes of it is not played"


def test_what_still_comes_of_a_cut_reply_is_dropped() -> None:
    talk = VoiceTalk()
    speaker = Speaker(talk)
    page = Browser(speaker)
    work = talk.ask()
    talk.sound(work.response_id, tone(1))
    page.play(0.5)
    speaker.stop()
    page.play(0.2)
    played = speaker.played_samples
    sent = len(page.sent)
    talk.sound(work.response_id, tone(1))
    talk.finish(work.response_id)
    page.play(2)
    assert len(page.sent) == sent
    assert balance(speaker) == (48_000, played, 48_000 - played)


def test_the_next_reply_after_a_cut_is_played() -> None:
    talk = VoiceTalk()
    speaker = Speaker(talk)
    page = Browser(speaker)
    first = talk.ask()
    talk.sound(first.response_id, tone(1))
    page.play(0.3)
    talk.interrupt()
    page.play(0.1)
    second = talk.ask()
    talk.sound(second.response_id, tone(1))
    talk.finish(second.response_id)
    page.play(2)
    first_samples, second_samples = speaker.items.values()
    assert first_samples.waiting == 0
    assert first_samples.dropped > 0
    assert second_samples == Samples(received=24_000, played=24_000)


def test_a_reply_that_nobody_heard_is_left_as_it_is() -> None:
    talk = VoiceTalk()
    speaker = Speaker(talk)
    page = Browser(speaker)
    work = talk.ask()
    talk.sound(work.response_id, tone(1))
    speaker.stop()
    talk.advance(0.05)
    assert balance(speaker) == (24_000, 0, 24_000)
    assert page.stops == 1
    assert not [c for c in talk.commands if c[0] == "truncate_item"]


def test_speech_does_not_cut_where_the_session_says_so() -> None:
    talk = VoiceTalk(interrupt_response=False)
    page = Browser(Speaker(talk))
    work = talk.ask()
    talk.sound(work.response_id, tone(1))
    talk.pair.speak(speech_ms=400, silence_ms=0)
    assert page.stops == 0


def test_silence_needs_no_stop() -> None:
    talk = VoiceTalk()
    page = Browser(Speaker(talk))
    talk.pair.speak(speech_ms=400, silence_ms=0)
    talk.interrupt()
    assert page.stops == 0


def test_the_persons_own_stop_ends_the_response_too() -> None:
    talk = VoiceTalk()
    speaker = Speaker(talk)
    page = Browser(speaker)
    work = talk.ask()
    talk.sound(work.response_id, tone(2))
    page.play(0.5)
    page.silence(gen=1)
    page.play(0.2)
    names = [command[0] for command in talk.commands]
    assert "cancel_response" in names
    assert "truncate_item" in names
    assert talk.conversation.active_response is None
    assert speaker.items.popitem()[1].waiting == 0


def test_late_chunks_of_a_cut_are_dropped_by_the_page_and_counted() -> None:
    talk = VoiceTalk()
    speaker = Speaker(talk)
    page = Browser(speaker)
    work = talk.ask()
    talk.sound(work.response_id, tone(0.5))
    page.play(0.2)
    page.gen = 5  # the page was stopped; the kernel does not know it yet
    talk.sound(work.response_id, tone(0.5))
    talk.advance(0.3)
    page.silence(gen=5)
    page.play(0.3)
    assert speaker.received_samples == speaker.played_samples + speaker.dropped_samples


def test_a_message_that_never_arrived_is_counted() -> None:
    talk = VoiceTalk()
    speaker = Speaker(talk)
    page = Browser(speaker)
    work = talk.ask()
    talk.sound(work.response_id, tone(0.1))
    page.deaf = True
    talk.advance(0.1)
    talk.sound(work.response_id, tone(0.1))  # lost on the way
    talk.advance(0.1)
    page.deaf = False
    talk.sound(work.response_id, tone(0.1))
    talk.finish(work.response_id)
    page.play(1)
    arrived = [message["seq"] for _, message, _ in page.sent]
    missing = sorted(set(range(max(arrived))) - set(arrived))
    assert missing
    page.say("ack", seq=max(arrived), missing=missing)
    assert balance(speaker) == (7200, 4800, 2400)


def test_telephone_sound_is_decoded_at_its_own_rate() -> None:
    talk = VoiceTalk(output_format="g711_ulaw")
    speaker = Speaker(talk)
    page = Browser(speaker)
    work = talk.ask()
    samples = np.frombuffer(tone(0.5, 8000), "<i2").astype(np.int16)
    talk.sound(work.response_id, encode_ulaw(samples))
    talk.finish(work.response_id)
    page.play(1, rate=8000)
    assert {message["rate"] for _, message, _ in page.sent} == {8000}
    heard = np.frombuffer(page.played, "<i2")
    assert heard.size == samples.size
    assert np.abs(heard - samples).max() < 512
    assert balance(speaker) == (4000, 4000, 0)


def test_the_volume_of_one_page_is_everybodys() -> None:
    talk = VoiceTalk()
    speaker = Speaker(talk, volume=0.5)
    page = Browser(speaker)
    page.say("volume", volume=0.25, muted=True)
    assert (speaker.volume, speaker.muted) == (0.25, True)
    page.say("volume", volume=7, muted=False)
    assert speaker.volume == 1


def test_a_session_that_ends_lets_its_last_sound_be_played() -> None:
    talk = VoiceTalk()
    speaker = Speaker(talk)
    page = Browser(speaker)
    work = talk.ask()
    talk.sound(work.response_id, tone(0.5))
    talk.end()
    page.play(1)
    assert page.played == tone(0.5)
    assert page.sent[-1][1]["last"]
    assert speaker.problem == ""


def test_a_sound_that_cannot_be_decoded_is_shown_and_nothing_else_suffers() -> None:
    talk = VoiceTalk()
    speaker = Speaker(talk)
    page = Browser(speaker)
    work = talk.ask()
    talk.sound(work.response_id, tone(0.2))
    page.say("played", gen=0, items=[{"item_id": "x"}], underruns=0, waiting=0)
    assert speaker.problem == ""
    page.say("volume", volume="loud", muted=False)
    assert "volume" in speaker.problem or "ValueError" in speaker.problem
    talk.finish(work.response_id)
    page.play(1)
    assert page.played == tone(0.2)


def test_sound_of_an_unknown_item_is_played_all_the_same() -> None:
    talk = VoiceTalk()
    speaker = Speaker(talk)
    page = Browser(speaker)
    talk.events(
        ResponseOutputAudioDelta(
            event_id="e", response_id="r", item_id="i", output_index=0, content_index=0,
            delta=tone(0.1),
        )
    )  # fmt: skip
    page.play(0.5)
    assert page.played == tone(0.1)
