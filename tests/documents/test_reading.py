"""The guide to a page and the home page show what the pages have."""

import re
from collections import defaultdict

import torch
from safetensors.torch import load_file
from texts import DOCS, ROOT, guide, table

from generator.formula.text import plain_number

READING = guide("reading")
HOME = (DOCS / "index.md").read_text(encoding="utf-8")


def test_the_guide_names_the_parts_that_pages_have(book):
    page = book.pages["tinycnn/conv1"]
    named = [re.sub("[*]", "", row[0]) for row in table(READING, "on the page | what stands there")]
    places = [page.index(name) for name in named if not name.startswith("the ")]
    assert len(places) >= 8
    assert places == sorted(places)


def test_the_page_that_the_guide_walks_through_has_what_it_says(book):
    walk = READING[: READING.index("## What a page may have")]
    page, source = book.pages["tinycnn/conv1"], book.source["tinycnn/conv1"]
    (formula,) = re.findall(r"^\\\[(.+)\\\]$", walk, re.MULTILINE)
    assert f"\\[{formula}\\]" in source
    shapes = re.findall(r"`(\[[\d, ]+\])`", walk)
    assert len(shapes) == 2
    assert all(f"<code>{shape}</code>" in source for shape in shapes)
    ((start, bias),) = re.findall(r"\\\((\(.+\)) \+ \\dots \+ ([\d.]+)\\\)", walk)
    assert re.search(rf"= {re.escape(start)} \+ .* \+ {bias}\\\]", source)
    assert "Calculated value: 0.580000\nActual output value: 0.580000\n" in page
    assert walk.count("0.580000") == 2
    value = book.step("tinycnn", "conv1")["values"][0]
    assert f"all {value['checked']} elements" in walk
    assert "### The kernel is not flipped" in page
    anchors = re.findall(r"models/tinycnn/conv1\.html#([\w-]+)", walk)
    assert len(anchors) > 8
    assert all(f"{{ #{anchor} " in source for anchor in anchors)


def test_numbers_are_printed_as_the_guide_says():
    rows = table(READING, "number | as an operand | as a result")
    assert len(rows) >= 5
    for number, operand, result in rows:
        assert (plain_number(float(number), 4), plain_number(float(number), 6)) == (operand, result)


def test_the_multiply_adds_of_the_guide_are_the_pages(book):
    said = re.search(r"`conv1` has 2 × 8 × 8 outputs .* has ([\d,]+) multiply-adds", READING)
    assert re.search(rf"^Multiply-adds{said[1]}$", book.pages["tinycnn/conv1"], re.MULTILINE)


# --- the home page --------------------------------------------------------------------------------


def test_the_home_page_works_out_what_the_page_works_out(book):
    page, source = book.pages["digits/conv1"], book.source["digits/conv1"]
    formulas = re.findall(r"^\\\[(.+)\\\]$", HOME, re.MULTILINE)
    assert len(formulas) == 2
    assert all(f"\\[{formula}\\]" in source for formula in formulas)
    said = dict(re.findall(r"<dt>(\w+)</dt><dd>(.+)</dd>", HOME))
    said = {name: re.sub(r"<[^>]+>", "", fact) for name, fact in said.items()}
    assert f"Calculated value: {said['Calculated'].split()[0]}\n" in page
    assert f"Actual output value: {said['PyTorch'].split()[0]}\n" in page
    budget = said["Rounding"].removeprefix("explains up to ")
    assert f"for float32 arithmetic is {budget} here." in page
    value = book.step("digits", "conv1")["values"][0]
    assert said["Verdict"] == f"{value['status']} at all {value['checked']} elements"
    assert value["checked"] == value["elements"]


def cells(drawing):
    """What each cell of a picture shows: a sign and an opacity."""
    shown = defaultdict(lambda: ("", 0.0))
    for sign, opacity, path in re.findall(r'class="([pm])" opacity="([\d.]+)" d="(.+?)"', drawing):
        for column, row, length in re.findall(r"M(\d) (\d)h(\d)", path):
            for k in range(int(length)):
                shown[int(row), int(column) + k] = (sign, float(opacity))
    return shown


def outlined(drawing):
    found = re.search(r'class="o" d="M(\d) (\d)h(\d)v(\d)', drawing).groups()
    column, row, width, height = map(int, found)
    return {(row + i, column + j) for i in range(height) for j in range(width)}


def test_the_pictures_of_the_home_page_show_the_tensors():
    stored = load_file(ROOT / "models" / "weights" / "digits.safetensors")
    weight, bias = stored["conv1.weight"], stored["conv1.bias"]
    output = torch.nn.functional.conv2d(stored["input"], weight, bias, padding=1)[0, 2]
    assert divmod(int(output.abs().argmax()), 8) == (5, 4)
    drawings = re.findall(r"<svg.+?</svg><small>[^<]+</small>", HOME)
    tensors = (stored["input"][0, 0], output)
    marks = ({(row, column) for row in (4, 5, 6) for column in (3, 4, 5)}, {(5, 4)})
    for drawing, tensor, marked in zip(drawings, tensors, marks, strict=True):
        assert outlined(drawing) == marked
        shown, largest = cells(drawing), tensor.abs().max().item()
        for row, numbers in enumerate(tensor.tolist()):
            for column, value in enumerate(numbers):
                sign, opacity = shown[row, column]
                assert abs(opacity - abs(value) / largest) <= 1 / 32
                assert sign in {"", "p" if value > 0 else "m"}
        for said, end in zip(
            re.search(r"values from ([\d.]+) to ([\d.]+)</small>", drawing).groups(),
            (tensor.min(), tensor.max()),
            strict=True,
        ):
            assert said == f"{end:.{len(said.partition('.')[2])}f}"
    assert int(stored["target"]) == 0
    assert "a handwritten 0," in drawings[0]
