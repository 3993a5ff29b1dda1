// The arrangement that a person chose, kept by the browser for each notebook and console.

/** How the panels stand. */
export interface Arrangement {
  /** The word of the open tab. */
  tab: string;
  /** The tabs stand beside the talk, where there is room. */
  split: boolean;
  /** Of the tabs only their names are shown. */
  folded: boolean;
}

const key = (name: string) => `rtwidgets.console ${location.pathname} ${name}`;

/** What was chosen here before; anything that does not read as that counts as nothing. */
export function remembered(name: string): Partial<Arrangement> {
  try {
    const found: unknown = JSON.parse(localStorage.getItem(key(name)) ?? "{}");
    if (typeof found !== "object" || found === null) return {};
    const { tab, split, folded } = found as Record<string, unknown>;
    return {
      ...(typeof tab === "string" ? { tab } : {}),
      ...(typeof split === "boolean" ? { split } : {}),
      ...(typeof folded === "boolean" ? { folded } : {}),
    };
  } catch {
    return {}; // a page may be refused its storage
  }
}

export function remember(name: string, arrangement: Arrangement): void {
  try {
    localStorage.setItem(key(name), JSON.stringify(arrangement));
  } catch {
    // it is forgotten, and nothing else
  }
}
