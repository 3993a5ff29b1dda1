"""Hears in a real page what the worklet puts out, sample by sample.

A browser test cannot hold a cable to the loudspeaker, and a recording of one would not be
exact. So the page's own ``addModule`` puts a few lines in front of the product's worklet: each
quantum that ``process`` filled is copied to the page. The worklet itself runs as it is.
"""

from __future__ import annotations

import base64
import json

from playwright.sync_api import Page

__all__ = ["LISTENER", "heard", "latency_s", "open_contexts"]

_IN_WORKLET = r"""
const register = globalThis.registerProcessor;
globalThis.registerProcessor = (name, Processor) =>
  register(name, class extends Processor {
    constructor(options) {
      super(options);
      const take = this.port.onmessage;
      this.port.onmessage = (event) => {
        if (event.data.listener) this.listener = event.data.listener;
        else if (take) take(event);
      };
    }
    process(inputs, outputs, parameters) {
      const on = super.process(inputs, outputs, parameters);
      const output = outputs[0]?.[0];
      if (output && this.listener) {
        this.listener.postMessage(Int16Array.from(output, (x) => Math.round(x * 32768)));
      }
      return on;
    }
  });
"""

#: Runs in a page before the widgets do.
LISTENER = """(() => {
  const before = BEFORE;
  const heard = (globalThis.rtwHeard = []);
  const contexts = (globalThis.rtwContexts = []);
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
      if (name !== "rtwidgets-playback") return;
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = ({ data }) => heard.push(data);
      this.port.postMessage({ listener: port2 }, [port2]);
    }
  };
  const Context = globalThis.AudioContext;
  globalThis.AudioContext = class extends Context {
    constructor(options) {
      super(options);
      contexts.push(this);
    }
  };
})()""".replace("BEFORE", json.dumps(_IN_WORKLET))


def heard(page: Page) -> bytes:
    """What came out since the page was opened, PCM16, with the silence around it."""
    text = page.evaluate(
        """() => {
          const parts = globalThis.rtwHeard.map((part) => new Uint8Array(part.buffer));
          let text = "";
          for (const part of parts) text += String.fromCharCode(...part);
          return btoa(text);
        }"""
    )
    return base64.b64decode(text)


def latency_s(page: Page) -> float:
    """How long the browser says that sound takes to the loudspeaker."""
    return float(page.evaluate("() => globalThis.rtwContexts.at(-1).outputLatency"))


def open_contexts(page: Page) -> int:
    """Audio contexts that are not closed."""
    return int(
        page.evaluate("() => globalThis.rtwContexts.filter((c) => c.state !== 'closed').length")
    )
