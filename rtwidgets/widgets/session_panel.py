"""``SessionPanel``: every setting of the session as a form, and how the session stands.

The form is the page's own until it is applied: then what was changed, and nothing else, goes to
the server as one ``session.update``. The server's word comes back to the field that it means.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar, TypedDict

from msgspec import UNSET
from traitlets import Bool, Dict, Int, List, Unicode

from ..errors import ApiError, LocalProtocolError, RealtimeError
from ..protocol.config import Tool
from ..protocol.events import ResponseOutputAudioDelta
from ..session.settings.fields import (
    FIELDS,
    Field,
    field_of,
    fields_for,
    form_value,
    path_of,
    settings,
)
from ..session.settings.granted import MISSING, in_words
from .activity import Activity
from .panel import Panel

if TYPE_CHECKING:
    from ..protocol.conversation import Conversation
    from ..session import Session
    from ..session.events.notices import Happening
    from ..session.settings.granted import Difference

__all__ = ["SessionPanel", "SettingField"]

#: Voices that OpenAI names; other servers have others, and any name can be written.
VOICES = ("alloy", "ash", "ballad", "cedar", "coral", "echo", "marin", "sage", "shimmer", "verse")
#: Tools that a page shows, and letters of a description.
MOST_TOOLS, DESCRIPTION = 200, 300


class SettingField(TypedDict):
    """One line of the form; what it is, what is in force, and what was asked for."""

    name: str
    group: str
    label: str
    kind: str
    help: str
    nothing: str
    when: list[str]
    choices: list[str]
    least: float | None
    most: float | None
    whole: bool
    value: Any
    """In force; ``None`` where the server does not say."""
    state: str
    """``granted`` or ``differs`` where it was asked for, else empty."""
    asked: str
    """What was asked for, in words."""
    granted: str


class SessionPanel(Panel):
    """Settings to change, asked against granted, the session's state, its tools and its end."""

    word: ClassVar[str] = "session_panel"
    receives: ClassVar[frozenset[str]] = frozenset({"apply"})

    title = Unicode("", help="What the session talks to.").tag(sync=True)
    facts = Unicode("", help="Model, dialect and id of the session.").tag(sync=True)
    activity = Unicode("idle", help="idle, listening, thinking, speaking or closed.").tag(sync=True)
    expires_at = Int(0, help="When the server ends it, Unix time in s; 0 where unknown.").tag(
        sync=True
    )
    fields: list[SettingField] = List(help="The lines of the form.").tag(sync=True)  # type: ignore[assignment]
    tools: list[dict[str, str]] = List(help="Name and description of each tool.").tag(sync=True)  # type: ignore[assignment]
    refused: dict[str, str] = Dict(  # type: ignore[assignment]
        help="Field, and what is wrong with what was applied; '' for all else."
    ).tag(sync=True)
    applying = Bool(default_value=False, help="A change is on its way.").tag(sync=True)
    applied = Int(0, help="Counts the changes that were answered.").tag(sync=True)
    closed = Bool(default_value=False, help="The session is over.").tag(sync=True)

    def __init__(self, session: Session, **given: Any) -> None:
        self._thread: threading.Thread | None = None
        self._at_it = Activity(self)
        super().__init__(session, **given)

    def close(self) -> None:
        """Leave the session and every page."""
        self._at_it.end()
        super().close()

    def on_peer(self) -> None:
        """It may be a microphone that is opened."""
        self.refresh()

    def on_event(self, event: Happening, conversation: Conversation) -> None:
        """Sound changes nothing here, and it comes by the thousand."""
        if not isinstance(event, ResponseOutputAudioDelta):
            self.refresh()

    def on_message(self, message: dict[str, Any], buffers: Sequence[bytes]) -> None:
        """Apply what was changed in a page; one change at a time."""
        changes = message.get("changes")
        if self.applying or not isinstance(changes, dict) or not changes:
            return
        self.problem = ""
        self.applying = True
        # The answer is waited for, which the loop thread must not do.
        self._thread = threading.Thread(target=self._apply, args=(changes,), daemon=True)
        self._thread.start()

    def show(self, conversation: Conversation) -> None:
        """Set the traits from the session."""
        session, config = self.session, conversation.session
        self.title = session.name
        model = session.model or ""
        ids = "" if config.id is UNSET else config.id
        dialect = "GA" if session.dialect.name == "ga" else session.dialect.name
        words = (model, f"{dialect} dialect", ids)
        self.facts = " · ".join(word for word in words if word)
        self.closed = session.closed
        self.activity = self._at_it.now()
        self.expires_at = 0 if config.expires_at is UNSET else config.expires_at
        self.tools = [_tool(tool) for tool in (config.tools or ())[:MOST_TOOLS]]
        asked = {one.name: one for one in session.asked_vs_granted.all}
        shown = fields_for(session.dialect, config, model, frozenset(asked))
        lines = [
            _line(field, form_value(field, config), asked.get(field.setting)) for field in shown
        ]
        if lines != self.fields:
            self.fields = lines

    def __repr__(self) -> str:
        return f"Settings of {self.session.name}: {self.activity}"

    def _apply(self, changes: dict[str, Any]) -> None:
        refused: dict[str, str] = {}
        try:
            self.session.update(**settings(changes, self.session.conversation.session))
        except RealtimeError as error:
            name = self._meant(error, changes)
            refused = {name: _in_words(error, name)}
        except Exception as error:  # noqa: BLE001  (whoever applied it is told)
            refused = {"": f"{type(error).__name__}: {error}"}
        self.on_loop(self._answered, refused)

    def _answered(self, refused: dict[str, str]) -> None:
        with self.together():
            self.show(self.session.conversation)
            self.refused, self.applying = refused, False
            self.applied += 1

    def _meant(self, error: RealtimeError, changes: dict[str, Any]) -> str:
        """The field that an error means; empty where it names none."""
        if isinstance(error, ApiError):
            if error.code == "cannot_update_voice":
                return "voice"
            named = error.param or ""
            fitting = [
                field.name
                for field in FIELDS
                if named.startswith(
                    (path_of(field), self.session.dialect.param(path_of(field)) or "")
                )
            ]
            # The longest: a member of the turn detection is more than the turn detection.
            return max(fitting, key=lambda name: len(path_of(_known(name))), default="")
        return next((name for name in changes if _begins(str(error), name)), "")


def _known(name: str) -> Field:
    field = field_of(name)
    assert field is not None
    return field


def _begins(message: str, name: str) -> bool:
    setting = name.partition(".")[0]
    return message.startswith((f"{name} ", f"{setting}=", f"{setting} "))


def _in_words(error: RealtimeError, name: str) -> str:
    """What is wrong, by the label that the form gives the setting."""
    said = str(error)
    if name and isinstance(error, LocalProtocolError) and said.startswith(f"{name} "):
        return _known(name).label + said[len(name) :]
    return said


def _line(field: Field, value: Any, asked: Difference | None) -> SettingField:
    choices = VOICES if field.name == "voice" else field.choices
    wanted = MISSING if asked is None else _member(field, asked.asked)
    granted = MISSING if asked is None else _member(field, asked.granted)
    state = "" if asked is None or wanted is MISSING else "granted" if asked.same else "differs"
    return {
        "name": field.name,
        "group": field.group,
        "label": field.label,
        "kind": field.kind,
        "help": field.help,
        "nothing": field.nothing,
        "when": list(field.when),
        "choices": list(choices),
        "least": field.least,
        "most": field.most,
        "whole": field.whole,
        "value": value,
        "state": state,
        "asked": in_words(wanted) if state else "",
        "granted": in_words(granted) if state else "",
    }


def _member(field: Field, value: Any) -> Any:
    """Of a setting that is an object, the member that the field shows."""
    member = field.name.partition(".")[2]
    return value.get(member, MISSING) if member and isinstance(value, dict) else value


def _tool(tool: Any) -> dict[str, str]:
    if isinstance(tool, Tool):
        description = "" if tool.description is UNSET else tool.description
        return {"name": tool.name, "description": description[:DESCRIPTION]}
    return {"name": tool.server_label, "description": "the tools of an MCP server"}
