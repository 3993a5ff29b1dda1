"""axe-core in a page: what a screen reader, a keyboard or weak eyes would stumble over."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page

__all__ = ["violations"]

AXE = Path(__file__).parents[2] / "js" / "node_modules" / "axe-core" / "axe.min.js"

#: JupyterLab's body has no height and cuts off what overflows it, so that axe takes all of it for
#: invisible; while axe looks, the body is as tall as the window.
RUN = """async (selector) => {
  const { body } = document;
  const style = body.getAttribute('style');
  body.style.setProperty('height', '100vh', 'important');
  body.style.setProperty('overflow', 'visible', 'important');
  const { violations, passes } = await axe.run(selector, {
    runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
  }).finally(() => {
    if (style === null) body.removeAttribute('style');
    else body.setAttribute('style', style);
  });
  if (!passes.some(({ id }) => id === 'color-contrast')) return [`nothing to see in ${selector}`];
  return violations.flatMap(({ id, nodes }) => nodes.map(
    ({ target, failureSummary }) => `${id}: ${target.join(' ')}: ${failureSummary}`));
}"""


def violations(page: Page, selector: str) -> list[str]:
    """One line for each rule that something inside ``selector`` breaks."""
    if not page.evaluate("() => 'axe' in window"):
        # As text, not as a script element: JupyterLab's loader would take it for a module.
        page.evaluate(AXE.read_text("utf8") + "\n;0")
    return list(page.evaluate(RUN, selector))
