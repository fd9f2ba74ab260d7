"""What a model answered, in words that say no more than is known."""

import re

from generator.explanation import Answer, Link, Ranking, Score, Scores
from generator.render.answer import answers

LOSS = Link("loss", "Cross entropy", "models/m/loss.md")


def score(number, value, label="", probability=None):
    return Score((number,), label, value, probability)


def scores(*rankings, **known):
    defaults = {"classes": 4, "places": len(rankings), "takes": "logits", "known": LOSS}
    return Scores(
        rankings=rankings, **{**defaults, "right": 0, "targets": 0, "next": False, **known}
    )


def said(found, outputs=1, **known):
    defaults = {"whole": False, "made": None, "largest": (), "smallest": (), "shape": (1, 4)}
    one = Answer(name="output", scores=found, **{**defaults, **known})
    return str(answers([one], outputs, lambda v: f"{v:.4g}", lambda link: link.title))


def words(page):
    return " ".join(re.sub(r"<[^>]*>", " ", page).split())


def test_the_target_is_said_to_be_right_or_wrong():
    first = (score(3, 2.0, "cat", 0.7), score(0, 1.0, "dog", 0.2))
    right = words(said(scores(Ranking((0,), first, first[0]), right=1, targets=1)))
    assert "loss (Cross entropy) takes them as logits" in right
    assert "1. 3 “cat” target: right 2 0.7" in right
    assert "Right: the target that the loss got, 3 “cat”, has the largest score." in right
    lost = score(1, -1.0, "owl", 0.01)
    wrong = words(said(scores(Ranking((0,), first, lost, 2), targets=1)))
    assert "3. 1 “owl” target: wrong" in wrong
    assert "2 classes have a larger score" in wrong


def test_scores_of_which_nothing_is_known_are_scores():
    page = words(said(scores(Ranking((), (score(1, 2.0),), None), known=None, takes="scores")))
    assert "a score for each of 4 classes." in page
    assert not re.search("probab|logit|target|right|wrong", page, re.IGNORECASE)


def test_several_places_have_a_line_each():
    one, two = score(1, 2.0, " the", 0.5), score(2, 1.0, "the", 0.3)
    found = scores(
        Ranking((0, 6), (one, two), two, 1),
        Ranking((0, 7), (two, one), None),
        places=8, right=3, targets=7, next=True, last=True, named="ids",
    )  # fmt: skip
    page = words(said(found))
    assert "a score for each of 4 tokens that may come next at each of 8 positions" in page
    assert "of which the last 2 are shown. loss (Cross entropy) takes them" in page
    assert "(0, 6) 1 “␣the” 2, probability 0.5" in page
    assert "wrong, 2nd largest" in page
    assert "(0, 7) 2 “the” 1, probability 0.3 1 “␣the” 2, probability 0.5 none known" in page
    assert "At 3 of the 7 positions that have a target the target has the largest score." in page
    assert "vocabulary of ids" in page
    for rank, name in ((1, "2nd"), (10, "11th"), (20, "21st"), (111, "112th"), (1002, "1,003rd")):
        behind = Ranking((0, 6), (one, two), score(9, -1.0), rank)
        assert f"wrong, {name} largest" in words(said(scores(behind, behind)))


def test_samples_are_not_places():
    first = Ranking((0,), (score(1, 2.0), score(2, 1.0)), score(1, 2.0))
    second = Ranking((1,), (score(1, 2.0), score(2, 1.0)), score(2, 1.0), 1)
    page = words(said(scores(first, second, place="sample", right=1, targets=2)))
    assert "a score for each of 4 classes for each of 2 samples." in page
    assert "sample largest score 2nd largest target 0 1 2" in page
    assert "For 1 of the 2 samples the target has the largest score." in page
    none = words(said(scores(first, second, place="sample", right=0, targets=2)))
    assert "For none of the 2 samples does the target have the largest score." in none
    assert "place" not in page + none


def test_other_outputs_have_their_largest_and_smallest_numbers():
    largest = (Score((0, 7), "", 11.2), Score((0, 1), "", 3.0))
    page = words(said(None, largest=largest, smallest=(Score((0, 2), "", -4.0),), shape=(1, 10)))
    assert "the largest of 10 numbers 11.2 at (0, 7) and 3 at (0, 1); the smallest -4 at" in page
    both = (Score((0, 1), "", 0.3), Score((0, 0), "", -0.04))
    page = words(said(None, largest=both, shape=(1, 2)))
    assert "The output [1, 2] , 2 numbers: 0.3 at (0, 1) and -0.04 at (0, 0)." in page
    alone = words(said(None, largest=(Score((), "", 0.5),), shape=(), outputs=3))
    assert "The output output , the number 0.5." in alone
    assert "2 further outputs" in alone


def test_labels_are_text_and_the_page_is_one_block():
    page = said(scores(Ranking((0,), (score(0, 1.0, "<b>&\n"),), None)))
    assert "<b>&" not in page
    assert "&lt;b&gt;&amp;↵" in page
    assert "\n\n" not in page
