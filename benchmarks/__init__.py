"""Measurements of rtwidgets on the machine at hand; ``python -m benchmarks`` runs them all.

Each module has ``main(argv) -> int`` and prints a Markdown table, with the machine's size and
its load, because a figure without them means nothing.
"""
