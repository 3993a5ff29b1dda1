"""One talk with everything in it that the panels have to show, as cells of a notebook.

A reply that the user talks over, a call of a tool, words that a page must not obey, an error,
and five thousand events more. It runs on a thread of its own, so that no cell is busy while the
page plays and reports; ``over`` tells its end, ``trouble`` what went wrong in it.
"""

from __future__ import annotations

__all__ = ["HOSTILE", "LONG_WORD", "PANELS", "RIGHT_TO_LEFT", "SETUP", "TALK", "UNEXECUTED"]

HOSTILE = '<img src=x onerror="window.evil=1"> <script>window.evil=2</script> <b>bold</b>'
RIGHT_TO_LEFT = "שלום עולם, مرحبا"
LONG_WORD = "Donaudampfschiff" * 40
#: Runs in the page: whether words were taken for markup.
UNEXECUTED = (
    "() => window.evil === undefined && "
    "document.querySelector('.rtw img[src=x], .rtw script') === null"
)

SETUP = """
import threading, time
import numpy as np
import rtwidgets as rt

session = rt.connect(engine="simulated", quiet=True)

@session.tool
def weather(city: str) -> str:
    "The weather in a city."
    return "<i>sunny</i> in " + city

def voice(seconds):
    t = np.arange(int(seconds * 24000)) / 24000
    swell = np.sin(2 * np.pi * 2.5 * t) ** 2
    return (np.sin(2 * np.pi * 220 * t) * 8000 * swell).astype(np.int16)
"""

#: A console, and beside it each of the panels that it keeps in tabs.
PANELS = """
console = rt.Console(session)
speaker = console.speaker
log, usage, settings = rt.EventLog(session), rt.UsageTable(session), rt.SessionPanel(session)
timeline, speech = rt.Timeline(session), rt.Waveform(session, side="user")
panels = [console, *console.panels, log, usage, settings, timeline, speech]
for panel in (console, log, usage, settings, timeline, speech):
    display(panel)
"""

TALK = f"""
def talk():
    while not speaker.owner:
        time.sleep(0.05)
    session.say("count from 1 to 40")
    while speaker.played_samples < 36_000:
        time.sleep(0.05)
    session.say(voice(1.0), realtime=True).wait(30)
    session.say("call weather with city Rome").wait(30)
    session.update(output_modalities=["text"])
    session.say({"repeat " + HOSTILE!r}).wait(30)
    session.say({"repeat " + RIGHT_TO_LEFT!r}).wait(30)
    session.say({"repeat " + LONG_WORD!r}).wait(30)
    session.send_event({{"type": "response.cancel"}})
    session.update(speed=1.1)  # behind the refusal, so that nothing comes between the appends
    for _ in range(5000):
        session.append_audio(bytes(96))
    session.update(speed=1.2)

def run():
    global over, trouble
    try:
        talk()
    except BaseException as error:
        trouble = repr(error)
    over = True

over, trouble = False, ""
threading.Thread(target=run, daemon=True).start()
"""
