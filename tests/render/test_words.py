"""Numbers and verdicts in words."""

import math

import pytest

from generator import wording
from generator.render import words


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        (0.0, "0"),
        (1.16e-8, "1.2 × 10⁻⁸"),
        (0.0042, "0.0042"),
        (0.371, "0.37"),
        (2.0, "2.0"),
        (37.4, "37"),
        (412345.6, "410,000"),
        (9.99e9, "1.0 × 10¹⁰"),
        (math.inf, "∞"),
    ],
)
def test_size(number, shown):
    assert words.size(number) == shown


@pytest.mark.parametrize(
    ("share", "shown"),
    [
        (0.0001, "1"),
        (0.046, "5"),
        (0.05, "5"),
        (1.0, "100"),
    ],
)
def test_percent_rounds_up(share, shown):
    assert words.percent(share) == f"{shown}\N{NO-BREAK SPACE}%"


@pytest.mark.parametrize(
    ("part", "shown"),
    [(0, "0"), (0.0001, "under 1"), (0.046, "5"), (0.5, "50"), (0.995, "over 99"), (1, "100")],
)
def test_shares_have_whole_percents(part, shown):
    assert words.share(part) == f"{shown}\N{NO-BREAK SPACE}%"


def test_shapes_and_positions():
    assert words.shape((1, 2, 8, 8)) == "[1, 2, 8, 8]"
    assert words.extent((3,)) == "(3,)"
    assert words.at(("batch", "channel"), (0, 3)) == "(batch=0, channel=3)"
    assert words.at((), (0, 3)) == "(0, 3)"


def test_enumerations():
    assert words.series([]) == ""
    assert words.series(["a"]) == "a"
    assert words.series(["a", "b", "c"]) == "a, b and c"


def test_comparison_within_the_budget(build):
    said = words.comparison(build.worked(error=1.2e-8, budget=2.4e-7), "float32")
    assert said == (
        "They differ by 1.2 × 10⁻⁸; the error budget for float32 arithmetic is 2.4 × 10⁻⁷ here."
    )


def test_comparison_of_equal_values(build):
    assert words.comparison(build.worked(error=0.0), "float32") == "They are equal."
    nan = build.worked(error=0.0, calculated=math.nan, actual=math.nan)
    assert words.comparison(nan, "float32") == "Both are NaN."


def test_comparison_beyond_the_budget(build):
    said = words.comparison(build.worked(error=0.3, budget=2.4e-7), "float32")
    assert said == (
        "They differ by 0.30, but the error budget for float32 arithmetic is 2.4 × 10⁻⁷ here."
    )
    none = words.comparison(build.worked(error=0.3, budget=0.0), "int64")
    assert none == "They differ by 0.30, where int64 arithmetic makes no error at all."


def test_comparison_tells_close_numbers_apart(build):
    said = words.comparison(build.worked(error=2.413e-7, budget=2.411e-7), "float32")
    assert "2.413 × 10⁻⁷" in said
    assert "2.411 × 10⁻⁷" in said


def test_a_nan_error_is_beyond_every_budget(build):
    assert not words.agrees(build.worked(error=math.nan))


def test_checked_all(build):
    assert words.checked(build.verdict()) == (
        "All 128 elements of the output were checked; the largest error is 1.1 × 10⁻⁸, "
        "and no element takes more than 5\N{NO-BREAK SPACE}% of its budget."
    )


def test_checked_a_sample(build):
    said = words.checked(build.verdict("grad x", checked=512, elements=100352))
    assert said.startswith("512 of the 100,352 elements of the gradient of the input were checked;")


def test_checked_one_element(build):
    said = words.checked(build.verdict(checked=1, elements=1))
    assert said == (
        "The one element of the output was checked; its error is 1.1 × 10⁻⁸, "
        "5\N{NO-BREAK SPACE}% of its budget."
    )


def test_checked_and_equal_everywhere(build):
    said = words.checked(build.verdict(max_error=0.0, share=0.0))
    assert said.endswith("calculated and actual value are equal at each of them.")


def test_checked_and_not_verified(build):
    said = words.checked(build.verdict(status="mismatch", max_error=0.3, share=4e5))
    assert "The largest error is 0.30" in said
    assert "400,000 times its budget of 2.4 × 10⁻⁷" in said
    nan = words.checked(build.verdict(status="mismatch", max_error=math.nan, share=math.nan))
    assert "one of the two values is NaN" in nan
    none = words.checked(build.verdict(status="mismatch", share=math.inf, budget=0.0))
    assert "no error is allowed" in none


def test_a_reason_is_a_sentence(build):
    given = build.verdict(status="given", max_error=None, reason="it needs no gradient")
    assert words.checked(given) == "It needs no gradient."


@pytest.mark.parametrize(
    ("of", "said"),
    [
        ("output", "the output"),
        ("grad x", "the gradient of the input"),
        ("grad weight", "the gradient of the weight"),
        ("grad running_mean", "the gradient of running_mean"),
        ("grad query, key", "the gradient of the query and the key"),
        ("grad hx[0]", "the gradient of hx[0]"),
        ("grad output", "the gradient of the output"),
        ("grad output c_n", "the gradient of the output c_n"),
        ("grad weight over all uses", "the gradient of the weight over all of its uses"),
        ("grad x over all uses", "the gradient of x over all of its uses"),
    ],
)
def test_quantities_have_the_names_of_their_headings(of, said):
    assert words.quantity(of) == said


def test_tensors_of_an_unexplained_step_keep_their_names():
    assert words.quantity("grad fc_1", explained=False) == "the gradient of fc_1"


def test_two_elements_are_both(build):
    said = words.checked(build.verdict(checked=2, elements=2, max_error=0.0, share=0.0))
    assert said == (
        "Both elements of the output were checked; "
        "calculated and actual value are equal at both of them."
    )


def test_what_adds_nothing_up_has_a_dash():
    assert words.multiply_adds(0) == "–"
    assert words.multiply_adds(1152) == "1,152"


@pytest.mark.parametrize(
    ("name", "meaning", "alone", "said"),
    [
        ("input", "addend", False, "the addend"),
        ("input", "first operand", False, "the first operand"),
        ("input", "first operand", True, "the input"),
        ("input", "input of the layer, 0 beyond its edges", False, "the input"),
        ("src", "what is written", False, "what is written"),
        ("tensors[1]", "operand 1", False, "operand 1"),
        ("weight", "table", False, "the weight"),
        ("hx[1]", "initial cell state", False, "the initial cell state"),
        ("value", "value as it is given", False, "the value"),
    ],
)
def test_an_operand_is_called_by_what_the_formula_takes_it_for(name, meaning, alone, said):
    assert wording.role(name, meaning, alone=alone) == said


def test_negative_numbers_of_a_sentence_have_a_minus_sign():
    assert wording.minus("Each is -1 times x-2, from -∞ on.") == "Each is −1 times x-2, from −∞ on."
