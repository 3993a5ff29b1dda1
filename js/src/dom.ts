/** Elements without markup: text always enters as text, never as HTML. */

type Attributes = Record<string, string | number | boolean | null | undefined>;
type Child = Node | string;

/** What stands in the document for a value; `null` is no attribute. */
function written(value: Attributes[string]): string | null {
  if (value === false || value === null || value === undefined) return null;
  return value === true ? "" : String(value);
}

function setAttributes(element: Element, attributes: Attributes): void {
  for (const [name, value] of Object.entries(attributes)) {
    const text = written(value);
    if (text === null) element.removeAttribute(name);
    else element.setAttribute(name, text);
  }
}

/** An element with attributes and children; `true` is an attribute without a value. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  setAttributes(element, attributes);
  element.append(...children);
  return element;
}

/** The same for a picture: elements of SVG have a name space of their own. */
export function svg<K extends keyof SVGElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: Child[]
): SVGElementTagNameMap[K] {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  setAttributes(element, attributes);
  element.append(...children);
  return element;
}

/** A 16 px icon of the text's colour, drawn from one path; hidden from screen readers. */
export function icon(path: string): SVGSVGElement {
  return svg(
    "svg",
    { class: "rtw-icon", viewBox: "0 0 16 16", "aria-hidden": "true", focusable: "false" },
    svg("path", { d: path, fill: "currentColor" }),
  );
}

/**
 * Set attributes, but only those that differ: an attribute that is set to what it was makes the
 * browser work out the styles again, and panels are updated many times a second.
 */
export function put(element: Element, attributes: Attributes): void {
  for (const [name, value] of Object.entries(attributes)) {
    const text = written(value);
    if (element.getAttribute(name) !== text) setAttributes(element, { [name]: text });
  }
}

/** Change the text only when it differs: a live region would otherwise be read again. */
export function setText(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}
