"""`make bench`: what documenting a model costs, beside what cannot be saved, in one run.

Capture is held against a plain forward and backward pass, in time and in peak memory; the pages
against milliseconds each; everything up to the Markdown against TorchLens' forward-only trace, and
against the number of steps; `mkdocs build` against a build of as many one-line pages, for the
project's own models and for books of some 250, 500, 1,000 and 2,000 steps; a page of such a book in
a browser, from the click on a link to the last formula.
"""

from __future__ import annotations

import argparse
import os
import platform

import torch
from benchmarks.built_site import growth_table, site_table
from benchmarks.capture import capture_table
from benchmarks.click import click_table
from benchmarks.pages import page_table
from benchmarks.whole import proportion_table, whole_table

PARTS = ("capture", "pages", "whole", "proportion", "site", "growth", "click")


def main() -> None:
    """Print the tables as Markdown."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("parts", nargs="*", metavar="PART", help=f"{', '.join(PARTS)}; or all")
    options.add_argument("--seconds", type=float, default=5.0, help="for each pair of timings")
    options.add_argument("--builds", type=int, default=2, help="of each model's pages")
    options.add_argument("--repeats", type=int, default=3, help="builds of each site")
    given = options.parse_args()
    if unknown := set(given.parts) - set(PARTS):
        options.error(f"no part {', '.join(sorted(unknown))}, expected {', '.join(PARTS)}")
    torch.set_num_threads(1)
    print(
        f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, "
        f"torch {torch.__version__.partition('+')[0]} on the CPU with one thread\n"
    )
    tables = {
        "capture": (
            "Capture beside a plain forward and backward pass; medians, taken in turns:",
            capture_table(given.seconds),
        ),
        "pages": ("A page; medians:", page_table(given.seconds)),
        "whole": (
            "Everything up to the Markdown on disk beside TorchLens' forward pass; the quickest:",
            whole_table(given.builds),
        ),
        "proportion": (
            "GPT-2's blocks, 48 wide, on 16 tokens; the quickest of each:",
            proportion_table(given.builds),
        ),
        "site": ("The site; medians, taken in turns:", site_table(given.repeats)),
        "growth": (
            "Books of GPT-2's blocks, 48 wide, and their sites; medians, taken in turns:",
            growth_table(given.repeats),
        ),
        "click": (
            "To a typeset page, of GPT-2's blocks, of median size; medians:",
            click_table(given.repeats),
        ),
    }
    for part, (title, lines) in tables.items():
        if given.parts and part not in given.parts:
            continue
        print(f"{title}\n", flush=True)
        for line in lines:  # each as soon as it is measured
            print(line, flush=True)
        print()


if __name__ == "__main__":
    main()
