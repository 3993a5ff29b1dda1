"""Both recognizers on real speech: word error rate, time, memory. It decides the default.

The speech is Debian's ``asterisk-core-sounds-en-wav``: prompts of a telephone exchange, read
by one woman, at 8 kHz, with their texts in ``asterisk-core-sounds-en``. Every prompt of at
least four words and 1.2 to 15 seconds is used. Each recognizer runs in a process of its own.

Processor time is given beside the time on the clock, because it changes little with what
else the machine does. Words are compared in lower case without punctuation; contractions
and compounds count as their parts ("I'm" is "I am", "file name" is "filename"), and slips
in the published texts are corrected to what is said.

    python -m benchmarks.recognizers --json recognizers.json
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import quantiles
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rtwidgets.audio import read_sound
from rtwidgets.engines import DEFAULT_RECOGNIZER, Recognizer, transcriber
from tests.speech import recordings

ROOT = Path(__file__).parent.parent
RECOGNIZERS: tuple[Recognizer, ...] = ("moonshine", "whisper")
LIMIT_PERCENT = 5.0
"""The word error rate that the default may have."""

DIGITS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
#: Left: as it is written; right: the one form that is compared.
SAME = (
    ("’", "'"),
    ("#", " pound "),
    ("*", " star "),
    ("represenatives", "representatives"),
    ("un-indentified or witheld", "unidentified or withheld"),
    ("umute", "unmute"),
    ("i'm", "i am"),
    ("you're", "you are"),
    ("you've", "you have"),
    ("that's", "that is"),
    ("there's", "there is"),
    ("can't", "can not"),
    ("cannot", "can not"),
    ("key words", "keywords"),
    ("key pad", "keypad"),
    ("touch tone", "touchtone"),
    ("good bye", "goodbye"),
    ("file name", "filename"),
    ("black list", "blacklist"),
    ("mail box", "mailbox"),
    ("voice mail", "voicemail"),
    ("re-record", "rerecord"),
    ("re record", "rerecord"),
    ("re-enter", "reenter"),
    ("pre-pend", "prepend"),
    ("log in", "login"),
)
#: The voice says a word that the text lacks.
SAID = {
    "pbx-invalid": "I am sorry, but that's not a valid extension. Please try again.",
    "pbx-invalidpark": "I am sorry, but there is no call parked on that extension. "
    "Please try again.",
}


class Prompt(NamedTuple):
    name: str
    text: str
    samples: NDArray[np.float32]
    """-1..1 at 16 kHz."""


def words(text: str) -> list[str]:
    """``text`` in the form that is compared."""
    text = text.lower()
    for written, compared in SAME:
        text = text.replace(written, compared)
    text = re.sub(r"\d", lambda digit: f" {DIGITS[int(digit[0])]} ", text)
    return re.sub(r"[^a-z' ]", " ", text).split()


def errors(expected: list[str], found: list[str]) -> int:
    """The fewest words to insert, leave out or change (Levenshtein)."""
    row = list(range(len(found) + 1))
    for count, word in enumerate(expected, 1):
        diagonal, row[0] = row[0], count
        for at, other in enumerate(found, 1):
            best = min(row[at] + 1, row[at - 1] + 1, diagonal + (word != other))
            diagonal, row[at] = row[at], best
    return row[-1]


def prompts() -> Iterator[Prompt]:
    """The speech with its words, sorted as published."""
    for name, (path, text) in recordings().items():
        text = SAID.get(name, text)
        # "(simple tone sound plays)" is not said.
        if "(" in text or len(words(text)) < 4:
            continue
        sound = read_sound(path)
        if 1.2 <= sound.duration_s <= 15:
            yield Prompt(name, text, sound.resampled(16_000).as_float())


def measure(name: Recognizer, every: int, *, show: bool) -> dict[str, Any]:
    """One recognizer over all prompts, in this process."""
    import psutil

    speech = list(prompts())[::every]
    memory = psutil.Process().memory_info
    before = memory().rss
    started = time.perf_counter()
    recognizer = transcriber(name)
    load_s = time.perf_counter() - started
    "".join(recognizer.transcribe(speech[0].samples))
    wrong = total = 0
    clock: list[float] = []
    processor: list[float] = []
    for prompt in speech:
        start, start_cpu = time.perf_counter(), time.process_time()
        found = "".join(recognizer.transcribe(prompt.samples))
        clock.append(1000 * (time.perf_counter() - start))
        processor.append(1000 * (time.process_time() - start_cpu))
        expected = words(prompt.text)
        count = errors(expected, words(found))
        wrong += count
        total += len(expected)
        if show and count:
            print(f"{prompt.name}: {count}\n  said  {prompt.text}\n  heard {found}")
    return {
        "recognizer": recognizer.name,
        "prompts": len(speech),
        "words": total,
        "seconds": round(sum(p.samples.size for p in speech) / 16_000, 1),
        "wer_percent": round(100 * wrong / total, 2),
        "clock_ms_p50": round(quantiles(clock, n=10)[4]),
        "clock_ms_p90": round(quantiles(clock, n=10)[8]),
        "processor_ms_p50": round(quantiles(processor, n=10)[4]),
        "load_s": round(load_s, 2),
        "rss_mb": round((memory().rss - before) / 1e6),
    }


def main(argv: list[str] | None = None) -> int:
    """Measure, print a Markdown table; status 1 where the default hears too badly."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.recognizers")
    parser.add_argument("--every", type=int, default=1, help="only each n-th prompt")
    parser.add_argument("--json", type=Path, help="write the figures to this file as well")
    parser.add_argument("--only", choices=RECOGNIZERS, help="measure one, in this process")
    parser.add_argument("--show", action="store_true", help="with --only: print every error")
    args = parser.parse_args(argv)
    if not recordings():
        print("no recordings here: run .ci/speech", file=sys.stderr)
        return 2
    if args.only:
        print(json.dumps(measure(args.only, args.every, show=args.show)))
        return 0
    rows = []
    for name in RECOGNIZERS:
        command = [sys.executable, "-m", "benchmarks.recognizers", "--only", name]
        done = subprocess.run(
            [*command, "--every", str(args.every)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        rows.append(json.loads(done.stdout))
    first = rows[0]
    print(
        f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, {first['prompts']} prompts, "
        f"{first['words']} words, {first['seconds']} s:\n"
    )
    print("| recognizer | WER | ms p50 | ms p90 | processor ms p50 | load s | RSS |")
    print("|---|---|---|---|---|---|---|")
    for row in rows:
        print(
            f"| {row['recognizer']} | {row['wer_percent']:.1f} % | {row['clock_ms_p50']} "
            f"| {row['clock_ms_p90']} | {row['processor_ms_p50']} | {row['load_s']:.1f} "
            f"| {row['rss_mb']} MB |"
        )
    if args.json:
        args.json.write_text(json.dumps({"load": os.getloadavg()[0], "rows": rows}, indent=1))
    chosen = rows[RECOGNIZERS.index(DEFAULT_RECOGNIZER)]
    return int(chosen["wer_percent"] > LIMIT_PERCENT)


if __name__ == "__main__":
    raise SystemExit(main())
