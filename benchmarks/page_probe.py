"""What ``page_audio`` puts into the page and into the kernel to read its times.

All clocks are the machine's: ``Date.now()`` on the audio thread, ``time.time()`` in the kernel.
Nothing of the product is replaced. In front of its worklets stand a few lines that note when a
frame leaves and when sound begins and ends; in the kernel the panels' own methods are wrapped
in ones that note the time and go on.
"""

from __future__ import annotations

import json

__all__ = ["CELL", "KERNEL", "PAGE"]

_IN_WORKLET = r"""
const register = globalThis.registerProcessor;
globalThis.registerProcessor = (name, Processor) =>
  register(name, class extends Processor {
    constructor(options) {
      super(options);
      const take = this.port.onmessage;
      this.port.onmessage = (event) => {
        if (event.data.probe) {
          this.probe = event.data.probe;
          return;
        }
        if (event.data.kind === "stop") this.stopped = true;
        take?.(event);
      };
      const post = this.port.postMessage.bind(this.port);
      this.frames = [];
      this.port.postMessage = (message, transfer) => {
        if (message.samples) this.frames.push([message.sample, Date.now()]);
        if (this.frames.length >= 25) this.tell();
        post(message, transfer);
      };
    }
    tell() {
      this.probe?.postMessage({ frames: this.frames });
      this.frames = [];
    }
    process(inputs, outputs, parameters) {
      const on = super.process(inputs, outputs, parameters);
      const output = outputs[0]?.[0];
      if (!output || name !== "rtwidgets-playback") return on;
      const now = Date.now();
      let loud = false;
      for (let i = 0; i < output.length; i++) loud ||= output[i] !== 0;
      if (this.stopped) {
        // The quantum of the fade is in this very call; the next one is silent.
        this.probe?.postMessage({ silent: now + (1000 * output.length) / sampleRate });
        this.stopped = false;
        this.quiet = 1e9;
      } else if (loud) {
        if ((this.quiet ?? 1e9) > sampleRate / 2) this.probe?.postMessage({ first: now });
        this.quiet = 0;
      } else this.quiet = (this.quiet ?? 1e9) + output.length;
      return on;
    }
  });
"""

#: Runs in the page before the widgets do.
PAGE = """(() => {
  const before = BEFORE;
  const probe = (globalThis.rtwProbe = { frames: [], first: [], silent: [] });
  const addModule = AudioWorklet.prototype.addModule;
  AudioWorklet.prototype.addModule = async function (url, options) {
    const code = await (await fetch(url)).text();
    const blob = new Blob([before, code], { type: "text/javascript" });
    return addModule.call(this, URL.createObjectURL(blob), options);
  };
  const Node = globalThis.AudioWorkletNode;
  globalThis.AudioWorkletNode = class extends Node {
    constructor(context, name, options) {
      super(context, name, options);
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = ({ data }) => {
        for (const key of Object.keys(data)) probe[key].push(...[data[key]].flat());
      };
      this.port.postMessage({ probe: port2 }, [port2]);
    }
  };
})()""".replace("BEFORE", json.dumps(_IN_WORKLET))

#: The first cell.
KERNEL = """
import threading
import time
import rtwidgets as rt
from rtwidgets.protocol.events import InputAudioBufferSpeechStarted
from rtwidgets.session.events.notices import Interrupted

session = rt.connect(engine="simulated")
frames, posts, cuts = [], [], []

def watch(mic, speaker):
    take, post, hear = mic.on_message, speaker.post, speaker.on_event

    def note_message(message, buffers):
        if message["kind"] == "audio":
            frames.append((message["sample"], time.time()))
        take(message, buffers)

    def note_post(kind, *buffers, **fields):
        if kind == "audio":
            posts.append((fields["item_id"], time.time()))
        post(kind, *buffers, **fields)

    def note_event(event, conversation):
        if isinstance(event, (Interrupted, InputAudioBufferSpeechStarted)):
            cuts.append(time.time())
        hear(event, conversation)

    mic.on_message, speaker.post, speaker.on_event = note_message, note_post, note_event
"""

#: The second cell; ``FRAME_MS`` is filled in.
CELL = """
console = rt.Console(session)
mic, speaker = console.microphone, console.speaker
mic.frame_ms = FRAME_MS
watch(mic, speaker)
console
"""
