from __future__ import annotations

import json

from rtwidgets.engines.simulated_tools import call, named_in, suggested_by
from rtwidgets.protocol.config import Tool

MAIL = Tool(name="send_email", description="Send an email to a person")
ROOM = Tool(name="bookMeetingRoom", description="Reserve a room of the office")
RATE = Tool(name="fx", description="Exchange rate between two currencies")
LIGHT = Tool(name="light-switch")
TOOLS = (MAIL, ROOM, RATE, LIGHT)


def test_whole_names_in_the_order_of_the_text() -> None:
    assert named_in("first fx, then send email, now", TOOLS) == [RATE, MAIL]
    assert named_in("SEND_EMAIL and the light switch", TOOLS) == [MAIL, LIGHT]
    assert named_in("prefix effects", TOOLS) == []


def test_half_a_name_or_two_words_of_the_description() -> None:
    assert suggested_by("please email Ada", TOOLS) is MAIL
    assert suggested_by("book a room", TOOLS) is ROOM
    assert suggested_by("I need the exchange rates of the yen", TOOLS) is RATE
    assert suggested_by("switch it on", TOOLS) is LIGHT
    assert suggested_by("what is the office like", TOOLS) is None
    assert suggested_by("", TOOLS) is suggested_by("hello", ()) is None


def test_arguments_are_an_object_even_without_a_schema() -> None:
    assert call(LIGHT, "on", 1).arguments == "{}"
    loose = Tool(name="a", parameters={"properties": {"name": {"type": "string"}}})
    assert json.loads(call(loose, "my name is Zoë", 1).arguments) == {"name": "Zoë"}
