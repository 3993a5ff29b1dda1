import { expect, it, vi } from "vitest";
import { drawCaptureLink } from "./capture_link";
import { FakeModel } from "./fake_model";
import type { PanelTraits } from "./model";
import { PAGE } from "./panel";

function drawn() {
  const model = new FakeModel<PanelTraits>({ panel_id: "p", problem: "" });
  const life = new AbortController();
  const root = drawCaptureLink(model.asModel, life.signal);
  const [ask, copy] = [...root.querySelectorAll("button")] as [
    HTMLButtonElement,
    HTMLButtonElement,
  ];
  const link = root.querySelector("a") as HTMLAnchorElement;
  return { model, life, root, ask, copy, link };
}

const ADDRESS = "http://127.0.0.1:4000/token";

it("asks the kernel and shows the address, to open and to copy", async () => {
  const { model, ask, copy, link, root } = drawn();
  expect(copy.closest<HTMLElement>("[hidden]")).not.toBeNull();
  ask.click();
  expect(model.sent[0]?.message).toEqual({ kind: "capture", page: PAGE });
  model.receive({ kind: "capture", page: PAGE, address: ADDRESS, problem: "" });
  expect([link.href, link.textContent, link.target]).toEqual([ADDRESS, ADDRESS, "_blank"]);
  expect(link.rel).toContain("noopener");
  expect(copy.closest("[hidden]")).toBeNull();
  const writeText = vi.fn(async () => undefined);
  vi.stubGlobal("navigator", { clipboard: { writeText } });
  copy.click();
  expect(writeText).toHaveBeenCalledWith(ADDRESS);
  await vi.waitFor(() => expect(root.textContent).toContain("Copied"));
  vi.unstubAllGlobals();
});

it("says why there is none, and leaves answers to other pages alone", () => {
  const { model, root, link, life } = drawn();
  model.receive({ kind: "capture", page: "another", address: ADDRESS, problem: "" });
  expect(link.getAttribute("href")).toBeNull();
  model.receive({ kind: "capture", page: PAGE, address: "", problem: "the session is over" });
  expect(root.textContent).toContain("the session is over");
  life.abort();
  expect(model.handlerCount).toBe(0);
});
