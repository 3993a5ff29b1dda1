/**
 * The judge `agents_js`: the agents SDK for JavaScript, whose session runs turns and tools itself.
 *
 * Called as the judges in Python are, and answers as they do (see program.py). Every frame goes
 * through the SDK's own schemas once more: what they do not accept, the SDK treats as an event
 * that it does not know, and says nothing.
 */

import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import {
  OpenAIRealtimeWebSocket,
  RealtimeAgent,
  RealtimeSession,
  tool,
} from "@openai/agents-realtime";
import { z } from "zod";
// Not among the package's exports, so by its place.
import {
  parseRealtimeEvent,
  realtimeServerEventSchema,
} from "./node_modules/@openai/agents-realtime/dist/openaiRealtimeEvents.mjs";

const { values: options, positionals: names } = parseArgs({
  allowPositionals: true,
  options: {
    url: { type: "string" },
    speech: { type: "string" },
    exact: { type: "boolean", default: false },
    patience: { type: "string", default: "30" },
  },
});

const LONG = "Count slowly from one to forty in words.";
const SAY = "say: one two three";
const HEARD_BYTES = 200 * 48;
const WAV_HEADER = 44;
const PIECE = 4800;
const VAD = { type: "server_vad", silenceDurationMs: 400, interruptResponse: true };

const known = new Set(
  realtimeServerEventSchema.options.flatMap((schema) => [...schema.shape.type.values]),
);
const speech = readFileSync(options.speech).subarray(WAV_HEADER);

const getWeather = tool({
  name: "get_weather",
  description: "The weather of a city.",
  parameters: z.object({ city: z.string() }),
  execute: async ({ city }) => `sunny in ${city}`,
});

/** Fails a scenario. */
function check(condition, ...facts) {
  if (!condition) throw new Error(`not so: ${facts.map((fact) => JSON.stringify(fact)).join(" ")}`);
}

/** A session of the SDK and everything that it reports, in order. */
class Talk {
  constructor(session, journal) {
    this.session = session;
    this.journal = journal;
    this.reports = [];
    this.at = 0;
    const report = (kind, value) => {
      this.reports.push({ kind, value });
      this.wake?.();
    };
    // A frame is kept as it came: `*` of the transport tells of it after the schemas did.
    session.transport.on("connection_change", (status) => {
      if (status !== "connecting") return;
      session.transport.connectionState.websocket.addEventListener("message", (message) => {
        const frame = JSON.parse(message.data.toString());
        journal.enter(frame, message);
        report("frame", frame);
      });
    });
    for (const kind of [
      "audio",
      "audio_interrupted",
      "audio_stopped",
      "agent_end",
      "agent_tool_start",
      "agent_tool_end",
      "error",
    ]) {
      session.on(kind, (...values) => report(kind, values));
    }
  }

  /** The next report of this kind; an error that is not waited for is a failure. */
  async until(kind, wanted = () => true) {
    for (;;) {
      while (this.at < this.reports.length) {
        const found = this.reports[this.at++];
        if (found.kind === kind && wanted(found.value)) return found.value;
        check(found.kind !== "error", found.value);
      }
      await new Promise((resolve) => {
        this.wake = resolve;
      });
    }
  }

  /** The next event of the server of this type. */
  frame(type) {
    return this.until("frame", (frame) => frame.type === type);
  }

  /** The response that is done next. */
  async done(status = "completed") {
    const { response } = await this.frame("response.done");
    check(response.status === status, response);
    return response;
  }

  /** Reads on until there is so much sound of a reply. */
  async sound(least) {
    for (let heard = 0; heard < least; ) {
      const [audio] = await this.until("audio");
      heard += audio.data.byteLength;
    }
  }

  /** Sends the recording, faster than it was spoken. */
  hear({ commit = false } = {}) {
    for (let at = 0; at < speech.length; at += PIECE) {
      const { buffer } = new Uint8Array(speech.subarray(at, at + PIECE));
      this.session.sendAudio(buffer, { commit: commit && at + PIECE >= speech.length });
    }
  }

  /** The last words of a side, as the SDK's history has them. */
  said(role = "assistant") {
    const messages = this.session.history.filter(
      (item) => item.type === "message" && item.role === role,
    );
    check(messages.length > 0, this.session.history);
    return messages.at(-1).content.map((part) => part.text ?? part.transcript ?? "").join("");
  }

  /** What the user is said to have said, if need be after waiting for it. */
  async transcript() {
    while (!this.said("user")) {
      await this.frame("conversation.item.input_audio_transcription.completed");
      // The SDK's own listener comes after ours.
      await new Promise(setImmediate);
    }
    return this.said("user");
  }
}

/** What came on one connection, and what the SDK's schemas say about it. */
class Journal {
  types = [];
  invalid = new Set();
  unknown = new Set();

  enter(frame, message) {
    this.types.push(frame.type);
    if (!parseRealtimeEvent(message).isGeneric) return;
    if (!known.has(frame.type)) {
      this.unknown.add(frame.type);
      return;
    }
    for (const issue of realtimeServerEventSchema.safeParse(frame).error.issues) {
      this.invalid.add(`${frame.type}: ${issue.path.join(".")}: ${issue.message}`);
    }
  }
}

/** Connects a session with one agent and one tool, and closes it when `scenario` ends. */
async function talking(journal, { vad = null, text = false }, scenario) {
  const agent = new RealtimeAgent({
    name: "judge",
    instructions: "Answer briefly.",
    tools: [getWeather],
  });
  const session = new RealtimeSession(agent, {
    transport: new OpenAIRealtimeWebSocket(),
    model: "gpt-realtime",
    tracingDisabled: true,
    config: {
      outputModalities: [text ? "text" : "audio"],
      audio: { input: { turnDetection: vad, transcription: { model: "whisper-1" } } },
    },
  });
  const talk = new Talk(session, journal);
  try {
    await session.connect({ apiKey: "any", url: `${options.url}/realtime?model=gpt-realtime` });
    // The SDK first turns tracing off, in an update of its own.
    const { session: updated } = await talk.until(
      "frame",
      (frame) =>
        frame.type === "session.updated" && frame.session.instructions === "Answer briefly.",
    );
    check(updated.tools[0].name === "get_weather", updated);
    return await scenario(talk);
  } finally {
    session.close();
  }
}

/** Holds an answer to `SAY` against it, as far as the engine can be held to it. */
function repeats(said) {
  check(options.exact ? said.replace(/[ .]+$/, "") === "one two three" : said, said);
}

const scenarios = {
  text: (journal) =>
    talking(journal, { text: true }, async (talk) => {
      talk.session.sendMessage(SAY);
      await talk.done();
      await talk.until("agent_end");
      check(talk.said("user") === SAY, talk.said("user"));
      repeats(talk.said());
      return talk.said();
    }),

  push_to_talk: (journal) =>
    talking(journal, {}, async (talk) => {
      talk.hear({ commit: true });
      await talk.frame("input_audio_buffer.committed");
      talk.session.transport.sendEvent({ type: "response.create" });
      await talk.sound(4800);
      await talk.until("audio_stopped");
      await talk.done();
      return talk.transcript();
    }),

  server_vad: (journal) =>
    talking(journal, { vad: VAD }, async (talk) => {
      talk.hear();
      await talk.frame("input_audio_buffer.speech_stopped");
      await talk.sound(4800);
      await talk.done();
      return talk.transcript();
    }),

  barge_in: (journal) =>
    talking(journal, { vad: VAD }, async (talk) => {
      talk.session.sendMessage(LONG);
      await talk.sound(HEARD_BYTES);
      talk.hear();
      await talk.until("audio_interrupted");
      const response = await talk.done("cancelled");
      check(response.status_details.reason === "turn_detected", response.status_details);
      const cut = talk.reports.findLast(
        ({ kind, value }) => kind === "frame" && value.type === "conversation.item.truncated",
      );
      const { item_id, audio_end_ms } =
        cut?.value ?? (await talk.frame("conversation.item.truncated"));
      check(item_id === response.output[0].id, item_id, response.output);
      await talk.done();
      return `cut at ${audio_end_ms} ms, then: ${talk.said()}`;
    }),

  function_call: (journal) =>
    talking(journal, { text: true }, async (talk) => {
      talk.session.sendMessage("What is the weather in Paris? Use the tool.");
      await talk.done();
      const [, , called, { toolCall }] = await talk.until("agent_tool_start");
      check(called.name === "get_weather", called);
      check(Object.keys(JSON.parse(toolCall.arguments)).join() === "city", toolCall);
      const [, , , result] = await talk.until("agent_tool_end");
      await talk.done();
      await talk.until("agent_end");
      check(options.exact ? talk.said().includes(result) : talk.said(), talk.said());
      return `${toolCall.arguments} ${talk.said()}`;
    }),

  out_of_band: (journal) =>
    talking(journal, { text: true }, async (talk) => {
      const content = [{ type: "input_text", text: SAY }];
      const question = { type: "message", role: "user", content };
      const metadata = { topic: "aside" };
      talk.session.transport.sendEvent({
        type: "response.create",
        response: { conversation: "none", metadata, input: [question] },
      });
      const response = await talk.done();
      check(response.metadata.topic === "aside", response);
      check(response.conversation_id === null, response);
      check(!journal.types.includes("conversation.item.added"), journal.types);
      repeats(response.output[0].content[0].text);
      return response.output[0].content[0].text;
    }),

  cancel: (journal) =>
    talking(journal, {}, async (talk) => {
      talk.session.sendMessage(LONG);
      await talk.sound(PIECE);
      talk.session.interrupt();
      const response = await talk.done("cancelled");
      check(response.status_details.reason === "client_cancelled", response.status_details);
      await talk.frame("conversation.item.truncated");
      return response.status_details.reason;
    }),

  error: (journal) =>
    talking(journal, { text: true }, async (talk) => {
      talk.session.transport.sendEvent({ type: "conversation.item.delete", item_id: "none" });
      const [{ error }] = await talk.until("error");
      check(error.error.type === "invalid_request_error", error);
      talk.session.sendMessage(SAY);
      await talk.done();
      await talk.until("agent_end");
      repeats(talk.said());
      return error.error.message;
    }),
};

/** Runs a scenario and prints its verdict. */
async function judge(name) {
  const begun = performance.now();
  const journal = new Journal();
  let ok = false;
  let detail = "";
  let timer;
  const patience = new Promise((_, reject) => {
    const late = () => reject(new Error("it took too long"));
    timer = setTimeout(late, Number(options.patience) * 1000);
  });
  try {
    detail = await Promise.race([scenarios[name](journal), patience]);
    ok = true;
  } catch (error) {
    detail = `${error.stack}\ncame: ${journal.types.slice(-20)}`;
  }
  clearTimeout(timer);
  const verdict = {
    name,
    ok,
    detail,
    events: journal.types.length,
    invalid: [...journal.invalid].sort(),
    unknown_fields: [...journal.unknown].sort(),
    seconds: Number(((performance.now() - begun) / 1000).toFixed(2)),
  };
  console.log(JSON.stringify(verdict));
}

await Promise.all((names.length ? names : Object.keys(scenarios)).map(judge));
process.exit(0);
