/** What every panel shares with its Python half. */

export interface PanelTraits {
  /** Tells a panel from every other one in the page. */
  panel_id: string;
  /** What went wrong in a Python callback; empty when nothing did. */
  problem: string;
}
