// The states of a session as a picture: who is at it, and what may follow.

import { svg } from "../dom";

const WIDTH = 460;
const HEIGHT = 92;
const BOX = { width: 84, height: 28 };

const PLACES = {
  idle: [52, 50],
  listening: [170, 50],
  thinking: [290, 50],
  speaking: [408, 50],
} as const;

type State = keyof typeof PLACES;
const STATES = Object.keys(PLACES) as State[];

/** What leads from where to where: a line, as a path. */
const WAYS: { from: State; to: State; path: string; words: string }[] = [
  {
    from: "idle",
    to: "listening",
    path: "M94 50 H126",
    words: "the microphone opens, or you speak",
  },
  { from: "listening", to: "thinking", path: "M212 50 H246", words: "your turn ends" },
  { from: "thinking", to: "speaking", path: "M332 50 H364", words: "the answer begins" },
  { from: "speaking", to: "idle", path: "M408 66 C400 92 60 92 52 66", words: "the answer ends" },
  {
    from: "speaking",
    to: "listening",
    path: "M400 34 C380 8 200 8 178 34",
    words: "you interrupt",
  },
];

export interface Diagram {
  element: SVGSVGElement;
  show(activity: string): void;
}

export function diagram(id: string): Diagram {
  const boxes = new Map(STATES.map((state) => [state, box(state)]));
  const title = svg("title", {});
  const element = svg(
    "svg",
    {
      class: "rtw-session_panel-diagram",
      viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
      role: "img",
      "aria-labelledby": `${id}-title`,
    },
    title,
    svg(
      "defs",
      {},
      svg(
        "marker",
        {
          id: `${id}-arrow`,
          viewBox: "0 0 8 8",
          refX: 7,
          refY: 4,
          markerWidth: 7,
          markerHeight: 7,
          orient: "auto",
        },
        svg("path", { d: "M0 0 L8 4 L0 8 z", class: "rtw-session_panel-arrow" }),
      ),
    ),
    ...WAYS.map(({ from, to, path, words }) =>
      svg(
        "path",
        { d: path, class: "rtw-session_panel-way", "marker-end": `url(#${id}-arrow)` },
        svg("title", {}, `${from} → ${to}: ${words}`),
      ),
    ),
    ...boxes.values(),
  );
  title.id = `${id}-title`;
  return {
    element,
    show(activity) {
      title.textContent = `The session is ${activity}`;
      for (const [state, one] of boxes) one.dataset.active = String(state === activity);
    },
  };
}

function box(state: State): SVGGElement {
  const [x, y] = PLACES[state];
  const { width, height } = BOX;
  return svg(
    "g",
    { class: "rtw-session_panel-state", "data-state": state },
    svg("rect", { x: x - width / 2, y: y - height / 2, width, height, rx: 14 }),
    svg("text", { x, y: y + 4, "text-anchor": "middle" }, state),
  );
}
