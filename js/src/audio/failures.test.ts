import { afterEach, describe, expect, it, vi } from "vitest";
import { asFailure, requireMicrophone, SoundFailure } from "./failures";

describe("failures", () => {
  afterEach(() => vi.unstubAllGlobals());

  it.each([
    ["NotAllowedError", "denied"],
    ["SecurityError", "denied"],
    ["NotFoundError", "no_device"],
    ["OverconstrainedError", "no_device"],
    ["NotReadableError", "busy"],
    ["SomethingElse", "other"],
  ])("%s is called %s", (name, failure) => {
    expect(asFailure(new DOMException("detail", name)).failure).toBe(failure);
  });

  it("keep their name, and the browser's words where ours say little", () => {
    const known = new SoundFailure("worklet", "blocked");
    expect(asFailure(known)).toBe(known);
    expect(known.message).toMatch(/\(blocked\)$/);
    expect(asFailure("oh").message).toContain("oh");
  });

  it("say what to do", () => {
    for (const failure of ["insecure", "denied", "no_device", "busy", "vscode"] as const) {
      expect(new SoundFailure(failure).message).toMatch(/Open|Allow|Plug|Close/);
    }
  });

  it("are known before anything is asked for", () => {
    vi.stubGlobal("navigator", {});
    vi.stubGlobal("isSecureContext", false);
    expect(requireMicrophone).toThrow(/secure context/);
    vi.stubGlobal("isSecureContext", true);
    expect(requireMicrophone).toThrow(/offers no microphone/);
    vi.stubGlobal("location", { protocol: "vscode-webview:" });
    expect(requireMicrophone).toThrow(/VS Code/);
    vi.stubGlobal("navigator", { mediaDevices: { getUserMedia: () => {} } });
    expect(requireMicrophone).not.toThrow();
    expect(asFailure(new DOMException("", "NotAllowedError")).failure).toBe("vscode");
  });
});
