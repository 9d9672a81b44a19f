"""Which names look like others."""

from collections.abc import Callable
from itertools import combinations

import pytest
from confusable_homoglyphs.confusables import confusables_data
from hypothesis import given
from hypothesis import strategies as st

from chat.server.domain.look_alikes import looks_of, mixes_scripts

NAMES = st.text("abmnlIO01|rАаоеρЕ中あ", min_size=1, max_size=8)
PLAIN = st.text("abcdefghijklmnopqrstuvwxyzMIL", min_size=1, max_size=8)

USUAL = (
    "ann anna anne hanna hannah joanna maria marie mary mia max mila milan milo mike michael michelle tim "
    "timo tom tomas tina anita ian ivan jan iris ida ilse ina lina lena lea lia ali ella elli eli ellie "
    "will bill neil nell niels lisa liza isla ila alma elsa lida emma emmi ben bob rob robin eva eve adam "
    "amir omar omer lars lara laura paul paula pauline peter petra kim kai ken ron mona nora noor bora "
    "dora cora clara carla carl karl karla kara sara sarah sven yann yvonne zoe zoé jürgen jörg björn "
    "bjørn søren åsa øyvind łukasz michał małgorzata zoltán lászló đorđe željko josé renée françois çelik "
    "ömer ilkay иван анна мария марина ирина нина инна ольга олег вова вера ева света катя коля толя юля "
    "лена лёна саша паша маша даша макс марк мирон роман рома тома тимур тарас борис глеб игорь ілля їжак "
    "оксана сара сева артём артур άννα μαρία νίκος νίνα γιώργος ελένη ελένα κώστας δημήτρης ιάσων ζωή "
    "χάρης πέτρος παύλος σοφία דוד שרה יעקב רחל محمد أحمد فاطمة علي "
    "太郎 花子 さくら ゆき 王伟 李娜 张敏 민준 서연 지우 अमित राम सीता สมชาย"
)
"""About two hundred names of people who are not mistaken for each other."""


def alike(one: str, other: str) -> bool:
    """Tell whether two names can't be told apart."""
    return not looks_of(one, one.casefold()).isdisjoint(looks_of(other, other.casefold()))


@given(NAMES)
def test_a_name_looks_like_itself_in_any_case(name: str) -> None:
    """However it is written, and however often it is asked."""
    assert alike(name, name)
    assert alike(name, name.casefold())


@given(NAMES, NAMES)
def test_looking_alike_goes_both_ways(one: str, other: str) -> None:
    """Who came first does not matter."""
    assert alike(one, other) == alike(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [("paul", "раul"), ("lll", "I1|"), ("bob0", "bobO"), ("modem", "modern"), ("Ann", "ann"), ("аnn", "ann")],
)
def test_what_looks_the_same_is_found(one: str, other: str) -> None:
    """Letters of other scripts, digits and letters, two letters that look like one."""
    assert alike(one, other)


@given(PLAIN, st.sampled_from([str.upper, str.lower, str.title, str]), st.data())
def test_no_name_is_disguised_in_any_case(name: str, form: Callable[[str], str], data: st.DataObject) -> None:
    """Each letter may be another one that looks like it: in capitals, in small letters, or as it stands."""
    disguise = "".join(data.draw(st.sampled_from(_like(each)), label=each) for each in form(name))
    assert alike(form(name), disguise)
    if form is not str:  # capitals in the midst of a name are not looked for
        assert alike(name.lower(), disguise)


def _like(letter: str) -> list[str]:
    """Return a letter and those of all scripts that look like it."""
    return [letter, *(each["c"] for each in confusables_data.get(letter, ()) if len(each["c"]) == 1)]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("max", "МАХ"),
        ("max", "ꓟꓮꓫ"),
        ("max", "Мах"),
        ("Tina", "ΤΙΝΑ"),
        ("mike", "МІКЕ"),
        ("anita", "ꓮꓠꓲꓔꓮ"),
        ("tom", "ᴛᴏᴍ"),
        ("igor", "lgor"),
        ("isabel", "lsabel"),
        ("#tim", "#ТІМ"),
    ],
)
def test_capitals_of_other_scripts_are_found(one: str, other: str) -> None:
    """Where the small letters look like nothing of the kind: in capitals an m has no arches, an i no dot."""
    assert alike(one, other)


def test_usual_names_of_many_scripts_look_like_no_other() -> None:
    """In small letters, and as people write them."""
    both = {name: (name, name.title()) for name in USUAL.split()}
    met = [
        (one, other)
        for one, other in combinations(both, 2)
        if any(alike(this, that) for this in both[one] for that in both[other])
    ]
    assert met == []


@pytest.mark.parametrize(
    ("one", "other"), [("neil", "nell"), ("Neil", "NELL"), ("ali", "all"), ("Ila", "Lia")]
)
def test_an_l_in_capitals_looks_like_itself_alone(one: str, other: str) -> None:
    """A small one looks like a great I."""
    assert not alike(one, other)


@pytest.mark.parametrize(("one", "other"), [("ann", "anna"), ("bob", "rob"), ("ann", "nan"), ("中", "国")])
def test_what_looks_different_is_let_be(one: str, other: str) -> None:
    """Names of people who are not mistaken for each other."""
    assert not alike(one, other)


@pytest.mark.parametrize("name", ["ann", "мария", "中あア", "漢abc", "한abc", "ann_1.2-3"])
def test_scripts_that_people_write_together_are_no_mixture(name: str) -> None:
    """Digits and signs belong to all."""
    assert not mixes_scripts(name)


@pytest.mark.parametrize("name", ["раul", "αnn", "あ한"])
def test_other_scripts_in_one_name_are_a_mixture(name: str) -> None:
    """Such names are made to deceive."""
    assert mixes_scripts(name)
