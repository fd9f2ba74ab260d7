"""Long levels in sections: complete, in order, short, and named by what is in them."""

import pytest

from generator.sections import FUNCTIONS, Group, family, grouped


def named(name):
    return family(name, function=name.startswith("f"))


def leaves(found):
    return [n for e in found for n in (e.leaves() if isinstance(e, Group) else [e])]


def widths(found):
    yield len(found)
    for entry in found:
        if isinstance(entry, Group):
            yield from widths(entry.entries)


@pytest.mark.parametrize(
    "names",
    [
        [f"h.{k}" for k in range(48)],
        [f"layer{k}" for k in range(2000)],
        [f"f_{k}" for k in range(500)],
        [n for k in range(60) for n in (f"blocks.{k}", f"f_{k}")],
        ["a", *(f"f_{k}" for k in range(23)), "b", *(f"h.{k}" for k in range(100)), "c", "d"],
        [chr(k) for k in range(97, 97 + 21)],
    ],
)
def test_every_level_is_short_and_nothing_is_lost_or_moved(names):
    found = grouped(names, named)
    assert leaves(found) == names
    assert max(widths(found)) <= 20
    assert min(widths(found)) > 1


def test_a_short_level_stays_as_it_is():
    names = [f"h.{k}" for k in range(20)]
    assert grouped(names, named) == names


def test_blocks_and_functional_steps_are_folded_and_what_stands_alone_is_not():
    names = ["wte", *(f"f_{k}" for k in range(15)), "drop", *(f"h.{k}" for k in range(12)), "ln"]
    found = grouped(names, named)
    shown = [" – ".join(e.ends()) if isinstance(e, Group) else e for e in found]
    assert shown == ["wte", "f_0 – f_14", "drop", *(f"h.{k}" for k in range(12)), "ln"]


def test_the_items_of_one_list_are_a_family_and_names_without_number_are_none():
    assert family("h.3", function=False) == family("h.11", function=False)
    assert family("h.3", function=False) != family("layers.3", function=False)
    assert family("0", function=False) == family("17", function=False)
    assert family("ln_f", function=False) is None
    assert family("add_2", function=True) == FUNCTIONS
