"""What the model answers: its outputs as scores of classes beside the target, or as extremes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from math import prod

from markupsafe import Markup

from generator.explanation import Answer, Link, Ranking, Score, Scores
from generator.render import words
from generator.render.escape import code, text
from generator.render.media import media, visible

Show = Callable[[float], str]
"""A number with the model's decimals."""
Follow = Callable[[Link], Markup]


def answers(found: Sequence[Answer], outputs: int, show: Show, link: Follow) -> Markup:
    """Every output that is shown; how many the model has in all."""
    pieces = [piece for one in found for piece in _answer(one, outputs, show, link)]
    if outputs > len(found):
        pieces.append(f"<p>{text(words.counted(outputs - len(found), 'further output'))}.</p>")
    return Markup("\n".join(filter(None, pieces)))  # noqa: S704 - every text in it is escaped


def _answer(one: Answer, outputs: int, show: Show, link: Follow) -> Iterator[str]:
    which = "the output" if outputs == 1 else f"the output {code(one.name)}"
    shape = f" {code(words.shape(one.shape))}" if one.shape else ""
    who = f"{link(one.made)} gives {which}{shape}" if one.made else f"{_start(which)}{shape}"
    if one.scores is None:
        yield f"<p>{who}{_elements(one, show)}.</p>"
    else:
        yield f"<p>{who}, {_scores(one.scores, link)}.</p>"
        yield _single(one.scores, show) if one.scores.places == 1 else _several(one.scores, show)
        said = " ".join(filter(None, (_targets(one.scores), _named(one.scores))))
        yield f"<p>{said}</p>" if said else ""
    yield str(media(one.media))


def _start(which: str) -> str:
    return which[:1].upper() + which[1:]


# --- an output of any kind ------------------------------------------------------------------------


def _elements(one: Answer, show: Show) -> str:
    if not one.largest:
        return ""
    if not one.shape:
        return f", the number {show(one.largest[0].value)}"
    if len(one.largest) == prod(one.shape):
        numbers = words.counted(prod(one.shape), "number")
        return f", {numbers}: {words.series([_at(score, show) for score in one.largest])}"
    ends = [(f"the largest of {words.counted(prod(one.shape), 'number')}", one.largest)]
    if one.smallest:
        ends.append(("the smallest", one.smallest))
    elif len(one.largest) > 1:
        ends = [("from the largest on", one.largest)]
    said = "; ".join(f"{name} {words.series([_at(s, show) for s in held])}" for name, held in ends)
    return f": {said}"


def _at(score: Score, show: Show) -> str:
    place = score.place
    where = f"index {place[0]}" if len(place) == 1 else words.extent(place)
    return f"{show(score.value)} at {where}"


# --- scores of classes ----------------------------------------------------------------------------


def _scores(found: Scores, link: Follow) -> str:
    what = "token that may come next" if found.next else "class"
    many = "tokens that may come next" if found.next else "classes"
    said = f"a score for each of {words.counted(found.classes, what, many)}"
    if found.places > 1:
        said += f" {_at_each(found)} of {words.count(found.places)} {found.place}s"
    said += _which(found)
    if found.known is None:
        return said
    step = link(found.known)
    if found.known.detail and found.known.detail != found.known.title:
        step += f" ({text(found.known.detail)})"
    return {
        "logits": f"{said}. {step} takes them as logits: softmax makes probabilities of them",
        "log-probabilities": f"{said}. {step} {_role(found)} logarithms of probabilities",
        "probabilities": f"{said}. {step} makes them probabilities",
        "scores": said,
    }[found.takes]


def _at_each(found: Scores) -> str:
    return "for each" if found.place == "sample" else "at each"


def _which(found: Scores) -> str:
    """Which places are shown, where these are not all."""
    shown = len(found.rankings)
    if shown == found.places:
        return ""
    which = ("the last" if found.last else "the first") + (f" {shown}" if shown > 1 else "")
    return f", of which {which} {'are' if shown > 1 else 'is'} shown"


def _role(found: Scores) -> str:
    return "takes them as" if found.targets else "makes them"


def _single(found: Scores, show: Show) -> str:
    """The scores of one place, a line for each class."""
    (ranking,) = found.rankings
    lines = [_line(k, score, ranking, show) for k, score in enumerate(ranking.first, 1)]
    if ranking.target is not None and ranking.target not in ranking.first:
        lines.append(_line(ranking.rank + 1, ranking.target, ranking, show))
    shares = any(score.probability is not None for score in ranking.first)
    heads = ["", "token" if found.next else "class", "score", *(["probability"] if shares else [])]
    return _table(heads, lines, "The largest scores")


def _line(place: int, score: Score, ranking: Ranking, show: Show) -> str:
    share = "" if score.probability is None else f'<td class="num">{show(score.probability)}</td>'
    own = score == ranking.target
    note = f" <i>target: {'right' if ranking.rank == 0 else 'wrong'}</i>" if own else ""
    kind = ' class="target"' if own else ""
    return (
        f'<tr{kind}><td class="num">{place}.</td><th scope="row">{_class(score)}{note}</th>'
        f'<td class="num">{show(score.value)}</td>{share}</tr>'
    )


def _several(found: Scores, show: Show) -> str:
    """The scores of several places, a line for each place."""
    most = max(len(ranking.first) for ranking in found.rankings)
    names = ["largest score", *(f"{_ordinal(k)} largest" for k in range(2, most + 1))]
    told = any(ranking.target is not None for ranking in found.rankings)
    lines = []
    for ranking in found.rankings:
        cells = [f"<td>{_cell(score, show)}</td>" for score in ranking.first]
        cells += ["<td></td>"] * (most - len(cells))
        cells += [f"<td>{_target(ranking, show)}</td>"] if told else []
        where = words.extent(ranking.place) if len(ranking.place) > 1 else f"{ranking.place[0]}"
        lines.append(f'<tr><th scope="row">{where}</th>{"".join(cells)}</tr>')
    return _table([found.place, *names, *(["target"] if told else [])], lines, "The largest scores")


def _cell(score: Score, show: Show) -> str:
    share = f", probability {show(score.probability)}" if score.probability is not None else ""
    return f"<b>{_class(score)}</b><br>{show(score.value)}{share}"


def _target(ranking: Ranking, show: Show) -> str:
    if ranking.target is None:
        return "none known"
    wrong = f"wrong, {_ordinal(ranking.rank + 1)} largest"
    told = wrong if ranking.rank else "right"
    return f"{_cell(ranking.target, show)}<br><i>{told}</i>"


def _ordinal(number: int) -> str:
    """A place in a ranking: `2nd`, `11th`."""
    ends = {1: "st", 2: "nd", 3: "rd"}
    teens = number % 100 in {11, 12, 13}
    return words.count(number) + ("th" if teens else ends.get(number % 10, "th"))


def _named(found: Scores) -> str:
    if not found.named:
        return ""
    return f"The words are those of the vocabulary of {text(found.named)}."


def _targets(found: Scores) -> str:
    if not found.targets:
        return ""
    if found.places == found.targets == 1:
        (ranking,) = found.rankings
        if ranking.target is None:
            return ""
        name = _class(ranking.target)
        if ranking.rank == 0:
            return f"Right: the target that the loss got, {name}, has the largest score."
        more = words.counted(ranking.rank, "class has", "classes have")
        return f"Wrong: the target that the loss got is {name}; {more} a larger score."
    if found.targets == 1:
        has = "has" if found.right else "does not have"
        return f"The target that the loss got {has} the largest score."
    where = f"{found.place}s"
    if found.targets != found.places:
        where += " that have a target"
    how_many = words.count(found.right) if found.right else "none"
    has = "the target has" if found.right else "does the target have"
    who = "For" if found.place == "sample" else "At"
    which = f"{who} {how_many} of the {words.count(found.targets)} {where}"
    return f"{which} {has} the largest score."


def _class(score: Score) -> str:
    number = str(score.place[0])
    if not score.label or score.label == number:
        return number
    return f"{number} “{text(visible(score.label))}”"


def _table(heads: Sequence[str], lines: Sequence[str], label: str) -> str:
    kinds = {"score": ' class="num"', "probability": ' class="num"'}
    head = "".join(
        f'<th scope="col"{kinds.get(name, "")}>{name}</th>' if name else "<td></td>"
        for name in heads
    )
    return (
        f'<div class="lb-scroll" tabindex="0" role="group" aria-label="{label}">'
        f'<table class="lb-layers lb-answer"><thead><tr>{head}</tr></thead>'
        f"<tbody>{''.join(lines)}</tbody></table></div>"
    )
