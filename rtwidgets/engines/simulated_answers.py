"""What the simulated language model can say: one function for each rule.

A rule takes the user's words and the prompt, and gives its answer in pieces, or ``None``
where it does not apply. Answers stream: counting to a billion starts at once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from decimal import Context
from functools import reduce
from itertools import chain

from ..protocol.items import (
    InputAudio,
    InputText,
    Item,
    Message,
    OutputAudio,
    OutputText,
)
from .base import Prompt
from .pictures import is_picture
from .simulated_numbers import NUMBER, numbers_in, plain
from .simulated_transcriber import Heard

__all__ = [
    "EXACT",
    "GENERAL",
    "WELCOME",
    "Rule",
    "fallback",
    "repeat",
    "spoken",
    "words",
    "words_of",
]

Rule = Callable[[str, Prompt], Iterable[str] | None]

WELCOME = (
    "Hello! I am the simulated engine of rtwidgets: a set of rules, not a language model, "
    "and I understand nothing. "
)
ABILITIES = (
    "I can count from one number to another, repeat what you say, spell a word, add numbers, "
    "tell any number of sentences, say what you said before, and call a tool that you mention."
)


def words(text: str) -> list[str]:
    """``text`` in pieces of a word each; joined, they are ``text``."""
    return re.findall(r"\s*\S+(?:\s+\Z)?|\s+\Z", text)


def words_of(item: Item) -> str:
    """What a message says, whatever its parts; "" for pictures and the other items."""
    said: list[str] = []
    for part in item.content if isinstance(item, Message) else ():
        if is_picture(part):
            continue
        if isinstance(part, (InputText, OutputText)):
            said.append(part.text)
        elif isinstance(part, (InputAudio, OutputAudio)) and part.transcript:
            said.append(part.transcript)
    return " ".join(said)


# Exact orders: they win over a tool that the same words would suggest.

_SAY = re.compile(
    r"""^(?:(?:please|now|just|can\s+you|could\s+you|would\s+you)[\s,]+)*
    (?:repeat(?:\s+(?:after\s+me|the\s+words?|exactly|this|that))*
      |say(?:\s+(?:after\s+me|the\s+words?|exactly|this))*)
    (?:\s*[:,]\s*|\s+)(?P<words>\S.*)$""",
    re.IGNORECASE | re.DOTALL | re.VERBOSE,
)


def repeat(text: str, _: Prompt) -> Iterable[str] | None:
    """``say hello``, ``repeat after me: ...``."""
    match = _SAY.match(text.strip())
    if not match:
        return None
    what = match["words"].strip()
    quoted = re.fullmatch(r"""["“'](.+)["”'][.!]?""", what, re.DOTALL)
    return words(quoted[1] if quoted else what)


def spell(text: str, _: Prompt) -> Iterable[str] | None:
    """``spell banana``."""
    match = re.search(
        r"\bspell(?:\s+(?:out|me|the|word|name))*[\s:]+[\"“']?(\w+)", text, re.IGNORECASE
    )
    return words(", ".join(match[1].upper()) + ".") if match else None


_TO = r"(?:to|up\s+to|until|till|through)"
_COUNT = re.compile(
    rf"""\bcount(?:ing)?\b(?P<down>\s+down(?:wards?)?|\s+backwards?)?(?:\s+for\s+me|\s+up)?
    (?P<from>\s+from)?(?:\s+(?P<first>{NUMBER}))?
    (?:\s+(?:down\s+)?{_TO}\s+(?P<last>{NUMBER}))?
    (?:.{{0,20}}?\b(?:by|steps?\s+of)\s+(?P<step>{NUMBER}))?""",
    re.IGNORECASE | re.VERBOSE,
)


def count(text: str, _: Prompt) -> Iterable[str] | None:
    """``count from 1 to 1000``, ``count down from ten``, ``count to 20 by 2``."""
    match = _COUNT.search(text)
    if not match or not (match["last"] or (match["first"] and (match["from"] or match["down"]))):
        return None
    given = {
        name: int(numbers_in(match[name])[0].value) for name in match.groupdict()
        if name in ("first", "last", "step") and match[name]
    }  # fmt: skip
    down = bool(match["down"])
    first = given.get("first", 10 if down else 1)
    last = given.get("last", 0 if down else first + 9)
    step = max(1, abs(given.get("step", 1)))
    return _counting(first, last, step if last >= first else -step)


def _counting(first: int, last: int, step: int) -> Iterator[str]:
    numbers = range(first, last + (1 if step > 0 else -1), step)
    end = numbers[-1]
    for number in numbers:
        yield f"{'' if number == first else ' '}{number}{'.' if number == end else ','}"


# The rest: asked only after the tools.

_EXACT_SUM = Context(prec=5000).add  # the usual one rounds to 28 digits


def add(text: str, _: Prompt) -> Iterable[str] | None:
    """``add 2 and 3``, ``what is 4 plus five``."""
    numbers = [number.value for number in numbers_in(text)]
    if len(numbers) < 2 or not re.search(r"\b(?:add|sum|plus|total)\b|\+", text, re.IGNORECASE):
        return None
    terms = " plus ".join(map(plain, numbers))
    return words(f"{terms} is {plain(reduce(_EXACT_SUM, numbers))}.")


SENTENCES = (
    "Sentence {i} of {n} is about {topic}.",
    "Sentence {i} also mentions {topic}, and means nothing by it.",
    "Sentence {i} was canned before anyone asked about {topic}.",
    "Sentence {i} is here because a rule counts to {n}.",
)


def sentences(text: str, _: Prompt) -> Iterable[str] | None:
    """``tell me 3 sentences about the sea``."""
    noun = re.compile(r"\s+(?:\w+\s+){0,2}sentences?\b", re.IGNORECASE)
    n = next((int(v.value) for v in numbers_in(text) if noun.match(text, v.end)), 0)
    if not n and re.search(r"\ba\s+(?:\w+\s+)?sentence\s+(?:about|on)\b", text, re.IGNORECASE):
        n = 1
    if n < 1:
        return None
    about = re.search(r"\b(?:about|on|regarding)\s+([^.!?\n]+)", text, re.IGNORECASE)
    topic = about[1].strip() if about else "nothing in particular"
    return chain.from_iterable(
        words(("" if i == 1 else " ") + SENTENCES[(i - 1) % 4].format(i=i, n=n, topic=topic))
        for i in range(1, n + 1)
    )


def remember(text: str, prompt: Prompt) -> Iterable[str] | None:
    """``what did I say before?``, ``how many messages are there?``, ``your instructions``."""
    low = text.lower()
    if re.search(r"\bwhat\s+(?:did|have)\s+i\s+(?:\w+\s+)?(?:say|said|tell|told|ask|type)", low):
        before = [words_of(i) for i in prompt.items if getattr(i, "role", "") == "user"][:-1]
        if not before:
            return words("You said nothing before this.")
        which = before[0] if re.search(r"\bfirst\b", low) else before[-1]
        return words(f"You said: {which}")
    if re.search(r"\bhow\s+many\s+(?:messages|items)\b", low):
        n = len(prompt.items)
        return words(f"I was given {n} item{'s' if n != 1 else ''}, yours included.")
    if re.search(r"\b(?:what|which|read|repeat|tell|show)\b.{0,40}\binstructions\b", low):
        return words(f"My instructions are: {prompt.instructions or 'none.'}")
    return None


def talk(text: str, prompt: Prompt) -> Iterable[str] | None:
    """Greetings, thanks, good-byes and ``help``."""
    if re.search(
        r"\b(?:help|what\s+can\s+you\s+do|who\s+are\s+you|what\s+are\s+you)\b", text, re.IGNORECASE
    ):
        tools = ", ".join(tool.name for tool in prompt.tools)
        return words(WELCOME + ABILITIES + (f" Tools: {tools}." if tools else ""))
    if re.search(
        r"\b(?:hello|hi|hey|greetings|good\s+(?:morning|afternoon|evening|day))\b",
        text,
        re.IGNORECASE,
    ):
        return words(WELCOME + "Ask me for help to hear what I can do.")
    if re.search(r"\b(?:good\s?bye|bye|see\s+you)\b", text, re.IGNORECASE):
        return words("Goodbye, say the rules.")
    if re.search(r"\bthank(?:s|\s+you)\b", text, re.IGNORECASE):
        return words("You are welcome, as a rule.")
    return None


EXACT: tuple[Rule, ...] = (spell, count)
GENERAL: tuple[Rule, ...] = (remember, add, sentences, talk)


def spoken(heard: Heard) -> list[str]:
    """The answer to a turn that was spoken: what was measured, and nothing more."""
    what = "speech" if heard.speech else "near silence"
    return words(
        f"I heard {heard.seconds:.1f} seconds of {what}, {-heard.level_dbfs} decibels below "
        "full scale. I am a set of rules and do not understand speech: type to me, or connect "
        "to the offline engine, which does."
    )


def fallback(text: str) -> list[str]:
    """The answer where no rule fits."""
    if not text.strip():
        return words(f"I was given no words. {ABILITIES}")
    quote = text if len(text) <= 200 else text[:200].rsplit(None, 1)[0] + " …"
    return words(f"I am a set of rules, and none of them fits: “{quote}” {ABILITIES}")
