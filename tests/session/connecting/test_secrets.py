"""What looks like a key, or is known to be one, does not leave."""

from __future__ import annotations

import io
import logging

from rtwidgets.session.connecting.secrets import Scrubber, remember, safe_url, scrub


def test_what_looks_like_a_key() -> None:
    text = (
        "Incorrect API key provided: sk-proj-abc***wxyz. Authorization: Bearer abc.def-1 "
        "ek_0123456789 openai-insecure-api-key.ek_999999 task-oriented"
    )
    clean = scrub(text)
    for secret in ("sk-proj", "wxyz", "abc.def-1", "ek_", "999999"):
        assert secret not in clean
    assert "task-oriented" in clean and "Incorrect API key provided" in clean


def test_what_was_remembered() -> None:
    remember("plain-password-77")
    remember("abc")  # too short to be told from words
    assert scrub("x plain-password-77 y abc") == "x [key] y abc"


def test_urls() -> None:
    shown = safe_url("wss://me:pass@host:1/r?model=m&api-key=s3cret&sig=zz&api-version=2")
    assert shown == "wss://host:1/r?model=m&api-key=[key]&sig=[key]&api-version=2"


def test_logs() -> None:
    stream = io.StringIO()
    log = logging.getLogger("rtwidgets.test-secrets")
    log.addFilter(Scrubber())
    log.addHandler(logging.StreamHandler(stream))
    log.setLevel("DEBUG")
    log.propagate = False
    log.debug("> Authorization: %s", "Bearer sk-abcdefghijk")
    try:
        raise ValueError("sk-abcdefghijk")
    except ValueError:
        log.exception("broken")
    assert "sk-abc" not in stream.getvalue() and "ValueError" in stream.getvalue()
