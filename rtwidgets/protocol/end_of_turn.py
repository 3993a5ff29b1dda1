"""Does what the user said so far sound finished? The judgement behind ``semantic_vad``.

Theory of operation. At a pause the words so far are judged: ``open`` where something has to
follow ("I'd like to book a", "because", "um"), ``finished`` where they stand for themselves (a
question, "yes, please", a sentence), ``unsure`` between the two. Eagerness says how much
silence each judgement waits for; while nothing is known of the words, the longest wait holds
(reference, section 3.4). Full stops are no evidence: transcribers put one after anything.
The lists are English; other languages are told by their punctuation and are else ``unsure``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal

__all__ = ["WAITS_MS", "Judgement", "judge", "wait_ms"]

Judgement = Literal["finished", "unsure", "open"]

#: Eagerness → judgement → ms of silence that end the turn; ``open`` is the longest wait.
WAITS_MS: Mapping[str, Mapping[Judgement, int]] = {
    "low": {"finished": 1200, "unsure": 3000, "open": 8000},
    "medium": {"finished": 600, "unsure": 1500, "open": 4000},
    "high": {"finished": 300, "unsure": 800, "open": 2000},
}


def _set(text: str) -> frozenset[str]:
    return frozenset(text.split())


#: After these a noun, a clause or a verb has to come.
_LEADS_ON = _set(
    "a an the this these those my your his her its our their every each some any no "
    "and or but because so if when while although though unless until since whether than as "
    "of to for with from in into at by about between without within during through via per "
    "is are was were am be been being isn't aren't wasn't i'm you're we're they're it's that's "
    "there's what's who's where's how's let's i'd you'd we'd they'd i've you've we've "
    "will would could should can may might must shall do does did don't doesn't didn't can't "
    "won't couldn't shouldn't wouldn't has have had "
    "want wants need needs like wanna gonna gotta got going trying supposed called named "
    "very really quite too more less most just also only even maybe perhaps either neither both "
    "which whose what's like plus minus times versus mr mrs dr"
)
#: Sounds of somebody who is still thinking.
_FILLERS = _set("um umm uh uhh er erm err hm hmm mm ah eh well let's anyway so")
#: These may end a sentence after all, when more than a word or two came before them.
_MAY_END = _set(
    "this these those her like too in as do does did can will would could should have has had "
    "is are was want need no more less most also each some any may might must through by about "
    "so going at for with from to of both either neither don't doesn't didn't can't won't "
    "even times really called well within without"
)
#: Which of them do end one, and after what.
_ENDINGS = (
    (
        r"\b(?:i|you|we|they|he|she|it|that|one)(?:'ll)? (?:do|does|did|can|will|would|could|"
        r"should|have|has|had|is|are|was|were|may|might|must)$"
    ),
    (
        r"\b(?:what|where|who|which|how) \w.* (?:for|from|with|to|about|at|in|of|on|like|"
        r"want|need|do|did|have|called|going)$"
    ),
    (
        r"\b(?:is|are|was|do|does|did|can|will|what|how|about|like|want|need|see|hear|know|take|"
        r"try|explain|read|repeat|say|for|with|of|on|to|in|all|at) (?:this|these|those|her)$"
    ),
    r"\b(?:me|you|them|him|it|us) too$|\bnot (?:really|any more)$|\bno more$|\bone more$",
    r"\b(?:think|hope|guess|is that|said|why|how) so$|\b(?:as|very) well$",
    r"\b(?:i|you|we|they) (?:don't|doesn't|didn't|can't|won't|couldn't|wouldn't|shouldn't)$",
    r"\b(?:come|check|log|sign|join|move|fill) in$|\b(?:love|like) to$|\bi'd love to$",
)
_ENDING = re.compile("|".join(_ENDINGS))

#: Whole answers, however short.
_WHOLE = _set(
    "yes yeah yep yup no nope nah ok okay sure right correct exactly absolutely definitely "
    "certainly thanks hello hi hey bye goodbye stop wait cancel continue next back help please "
    "done never always maybe probably sorry pardon great good perfect fine cool nice wow agreed "
    "repeat again skip undo pause resume quit exit start go true false nothing none everything"
)
_WHOLE_PHRASES = _set(
    "thank_you yes_please no_thanks no_thank_you of_course that's_all that's_it that's_right "
    "go_on go_ahead i_agree i_see got_it never_mind not_really not_yet not_now good_morning "
    "good_evening good_night good_bye see_you all_right my_bad why_not no_problem i_don't_know "
    "i_think_so i_do i_am i_can i_will shut_up be_quiet hold_on one_moment excuse_me you_too "
    "i_did i_have sounds_good me_too what_else"
)
#: An opening of these makes a question of at least three words, or an order.
_ASKS = _set(
    "what where when who whom whose why how which is are was were do does did can could will "
    "would should shall may have has what's where's who's how's isn't aren't don't doesn't"
)
_ORDERS = _set(
    "tell give show play open close turn set make find call send write read explain count "
    "translate repeat say add remove delete start stop book order describe summarize list sing "
    "spell calculate compare convert remind look check"
)
#: A clause that begins so needs another one after it.
_SUBORDINATE = _set("if when while although though unless until since once whenever as because")
#: Verbs and phrases that ask for what follows them.
_WANTING = re.compile(
    r"(?:\b(?:i|we|you|they|can you|could you|would you|will you|please|to)|^)"
    r"(?: (?:would|also|just|really|please))* "
    r"?(?:tell me|give me|show me|let me|want|need|would like|think|mean|ask you|was wondering|"
    r"wondering|remind me|send|set|find me|get me|make|say that|know that)$"
    r"|^(?:can|could|would|will) you please$"
    r"|^(?:can|could|would|will|do|did|should|may|are|is|was|have) (?:you|i|we|they|he|she|it)$"
    r"|^(?:what|where|how|why|when) (?:is|are|was|were|do|does|did|can|could|would|about|if|many|"
    r"much|long|far|often)$"
    r"|\b(?:kind|sort|lot|couple|because|instead|out|front|number) of$|\bsuch as$|\bfor example$"
)
_DIGITS = _set("zero oh one two three four five six seven eight nine ten double")

_CLOSING_QUOTES = "\"'”’)]» "
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")


def judge(text: str) -> Judgement:
    """Whether the words so far sound as if the user had finished."""
    text = text.strip().rstrip(_CLOSING_QUOTES)
    if not text:
        return "unsure"
    if text.endswith(("...", "…", ",", "-", "–", "—", ":", ";", "，", "、")):
        return "open"
    words = [word.lower().replace("’", "'") for word in _WORD.findall(text)]
    if not words:
        return "unsure"
    if text.endswith(("?", "？", "؟")):
        # A transcriber hears the voice rise; only a word that leads on says otherwise.
        return "unsure" if _leads_on(words) else "finished"
    sentence = _last_sentence(text)
    if _whole(sentence):
        return "finished"
    if _leads_on(words):
        return "open"
    return _sentence(sentence or words)


def wait_ms(text: str, eagerness: str) -> int:
    """Silence that ends the turn after ``text``; ``auto`` is ``medium``."""
    return WAITS_MS.get(eagerness, WAITS_MS["medium"])[judge(text)]


def _last_sentence(text: str) -> list[str]:
    """The words after the last mark that ends a sentence before the text's own end."""
    last = re.split(r"[.!?。！？]+\s+", text.rstrip(".!。！ "))[-1]
    return [word.lower().replace("’", "'") for word in _WORD.findall(last)]


def _whole(words: list[str]) -> bool:
    if not words or len(words) > 4:
        return False
    return "_".join(words) in _WHOLE_PHRASES or all(word in _WHOLE for word in words)


def _leads_on(words: list[str]) -> bool:
    last, line = words[-1], " ".join(words[-8:])
    if last in _FILLERS and not (last in _MAY_END and _ENDING.search(line)):
        return True
    if last in _LEADS_ON and not (last in _MAY_END and _ENDING.search(line)):
        return True
    return bool(_WANTING.search(line)) and not _ENDING.search(line)


def _sentence(words: list[str]) -> Judgement:
    """A sentence whose last word may end one."""
    first = words[0]
    if first in _FILLERS or first in ("and", "but", "or", "please", "okay", "ok", "yes", "no"):
        return _sentence(words[1:]) if len(words) > 1 else "unsure"
    if len(words) > 1 and words[-1] in _DIGITS and words[-2] in _DIGITS:
        return "unsure"  # a number that is read out goes on after each breath
    if first in _SUBORDINATE and not (first in _ASKS and _inverted(words)):
        # "if it rains, we stay" has its second half; a bare "if it rains" has not.
        return "unsure" if first == "because" or len(words) > 7 else "open"
    if first in _ASKS and len(words) >= 3:
        return "finished"
    if first in _ORDERS and len(words) >= 2:
        return "finished"
    return "finished" if len(words) >= 4 else "unsure"


def _inverted(words: list[str]) -> bool:
    """Whether a verb stands second, as in a question: "when does it open"."""
    return len(words) > 2 and words[1] in _ASKS
