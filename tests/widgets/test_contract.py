"""The names that Python and TypeScript share are the same on both sides.

``js/src/model/`` is the contract: one file a widget, with the interface ``<Widget>Traits`` and,
where there are messages, the unions ``<Widget>ToPage`` and ``<Widget>ToKernel``. They are read as
text, so no Node is needed to know that a name is missing.
"""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import pytest
from anywidget import WidgetTrait

from rtwidgets.widgets.panel import Panel

ROOT = Path(__file__).parents[2]
MODEL = "\n\n".join(path.read_text("utf8") for path in sorted((ROOT / "js/src/model").glob("*.ts")))
WORDS = sorted(path.stem for path in (ROOT / "js/src/widgets").glob("*.ts") if "." not in path.stem)

#: Traits of the widget runtime itself.
RUNTIME = {
    "_model_name", "_model_module", "_model_module_version", "_view_name", "_view_module",
    "_view_module_version", "_view_count", "_dom_classes", "_esm", "_css", "_anywidget_id",
    "layout", "tabbable", "tooltip",
}  # fmt: skip


def widget(word: str) -> type[Panel]:
    module = importlib.import_module(f"rtwidgets.widgets.{word}")
    (name,) = [n for n in module.__all__ if n.lower() == word.replace("_", "")]
    found = getattr(module, name)
    assert issubclass(found, Panel)
    return found


def without_comments(text: str) -> str:
    return re.sub(r"//[^\n]*", "", re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL))


def traits_in_typescript(name: str) -> set[str]:
    """The members of ``<name>Traits`` and of what it extends."""
    found = re.search(
        rf"export interface {name}Traits(?: extends (\w+)Traits)? {{\n(.*?)\n}}\n",
        MODEL,
        re.DOTALL,
    )
    assert found is not None, f"js/src/model/ has no {name}Traits"
    base, body = found.groups()
    own = set(re.findall(r"^  (\w+)\??:", without_comments(body), re.MULTILINE))
    return own | (traits_in_typescript(base) if base else set())


def kinds_in_typescript(name: str) -> set[str]:
    """The kinds in the union ``<name>``; none where it does not exist."""
    found = re.search(rf"export type {name} =(.*?)(?=\n\n|\Z)", MODEL, re.DOTALL)
    if found is None:
        return set()
    union = without_comments(found[1])
    # A member that is long enough for a name of its own.
    for member in re.findall(r"\b[A-Z]\w+", union):
        interface = re.search(rf"export interface {member} {{\n(.*?)\n}}\n", MODEL, re.DOTALL)
        union += interface[1] if interface else ""
    return set(re.findall(r'kind: "(\w+)"', union))


def test_every_widget_has_both_halves() -> None:
    halves = {path.stem for path in (ROOT / "js/src/widgets").glob("*.ts")}
    assert {"microphone", "speaker"} <= set(WORDS) <= halves
    for word in WORDS:
        assert widget(word).word == word


@pytest.mark.parametrize("word", WORDS)
def test_traits_are_the_same_on_both_sides(word: str) -> None:
    kind = widget(word)
    synced = {name for name in kind.class_traits(sync=True) if name not in RUNTIME}
    assert synced == traits_in_typescript(kind.__name__)


@pytest.mark.parametrize("word", WORDS)
def test_messages_are_the_same_on_both_sides(word: str) -> None:
    kind = widget(word)
    assert kind.sends == kinds_in_typescript(f"{kind.__name__}ToPage")
    assert kind.receives == kinds_in_typescript(f"{kind.__name__}ToKernel")


@pytest.mark.parametrize("word", WORDS)
def test_every_trait_says_what_it_is(word: str) -> None:
    kind = widget(word)
    silent = [
        name
        for name, trait in kind.class_traits(sync=True).items()
        # A trait that is a panel inside says it by its name.
        if name not in RUNTIME and not trait.help and not isinstance(trait, WidgetTrait)
    ]
    assert silent == []


def test_no_message_has_a_field_that_the_widget_runtime_uses() -> None:
    unions = re.findall(r"export type \w+To(?:Page|Kernel) =(.*?)(?=\n\n|\Z)", MODEL, re.DOTALL)
    assert unions
    for union in unions:
        assert not re.search(r"\bid\??:", without_comments(union))
