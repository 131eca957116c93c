"""Whoever mends what an error names is not told of the next fault: two faults are named at once.

A good message is broken in two places that have nothing to do with each other. Each break alone
is named; so both together have to be named, too. What hangs on a place that is itself wrong
cannot be judged, and stands in `DECIDED_BY`.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic.alias_generators import to_snake

from bulkwire.content import Button, Contact, Header, ListPicker, Media, Template, TemplateButtons
from bulkwire.content.base import Content
from bulkwire.errors import InvalidMessage
from bulkwire.message import Message, to_wire
from support.messages.mutants import Path, at, changes, places, replaced
from support.messages.whole import messages

Json: TypeAlias = Any

BUDGET = settings(
    deadline=None, suppress_health_check=list(HealthCheck), database=None, print_blob=True
)
SMALL, FULL = 600, 5_000
KIND = r"content|media|location|contacts|template|list_picker|button|action_url|location_request"

DECIDED_BY: Final[Mapping[str, str]] = {
    "the channel says what is carried, and how long a text may be": r".* <- channel",
    "the kind of content says what else may be there": rf"[a-z_]* <- ({KIND})",
    "a file by reference has other rules than one inline": (
        r"(content|encryption_key|media\.[a-z_]*) <- media(\.file_id|\.content_type)?"
    ),
    "an encrypted text may be longer": r"content <- encryption_key",
    "a header's type says what it has to have": r"(.*header)\.[a-z]* <- \1(\.type)?",
    "a button's type says what it has to have": r"(.*buttons\[\d+\]).* <- \1(\.type)?",
    "of buttons that stand apart one may be of a wrong type": (
        r"(.*buttons)\[\d+\] <- \1\[\d+\](\.type)?"
    ),
    "of two that are the same one may be wrong": (
        r"(.*)\[\d+\]\.(postback_data|index) <- \1\[\d+\](\.\2)?"
    ),
    "what is no list of items has no number of them": (r"(.*sections) <- \1\[\d+\](\.items)?"),
    "a contact has to have no more than a name and one thing more": (
        r"(contacts\[\d+\]) <- \1(\.[a-z]+(\[\d+\])?)?"
    ),
}
"""Why a fault isn't named → its path, and the place that is broken, too."""

pytestmark = pytest.mark.filterwarnings("ignore:the provider deprecates:DeprecationWarning")


@dataclass(frozen=True)
class Form:
    """A way in which a message is given."""

    written: Callable[[Message], Json]
    read: Callable[[Json], Message]

    def wrong(self, payload: Json) -> set[str]:
        """The paths of its faults."""
        try:
            self.read(payload)
        except InvalidMessage as error:
            return {fault.path for fault in error.faults}
        return set()


def with_lists(value: Json) -> Json:
    if isinstance(value, dict):
        return {name: with_lists(one) for name, one in value.items()}
    return [with_lists(one) for one in value] if isinstance(value, list | tuple) else value


FORMS: Final = {
    "fields": Form(
        lambda message: with_lists(message.model_dump(exclude_none=True)),
        lambda fields: Message(**fields),
    ),
    "JSON": Form(
        lambda message: json.loads(to_wire(message)),
        lambda wire: Message.from_wire(json.dumps(wire)),
    ),
}


def as_path(place: Path) -> str:
    parts = (f"[{part}]" if isinstance(part, int) else f".{to_snake(part)}" for part in place)
    return "".join(parts).removeprefix(".")


def untouched(payload: Json, changed: Json, place: Path) -> Iterator[Path]:
    """Places within `payload` that another one can be broken at, after `place` was."""
    for other in places(payload):
        if not other or other == place[: len(other)]:
            continue
        try:
            same = at(changed, other) == at(payload, other)
        except (LookupError, TypeError):
            continue
        if same:
            yield other


def is_excused(fault: str, broken: Path, value: Json) -> bool:
    """Whether a fault can't be seen where `value` stands in the place `broken`."""
    place = as_path(broken)
    within = re.match(rf"{re.escape(place)}([.\[])", fault)
    if within and not isinstance(value, dict if within[1] == "." else list):
        return True  # there is nothing of that name within it any more
    return any(re.fullmatch(one, f"{fault} <- {place}") for one in DECIDED_BY.values())


def change(data: st.DataObject, payload: Json, place: Path) -> Json:
    return data.draw(st.one_of(list(changes(at(payload, place)))))


def check_pair(data: st.DataObject, form: Form) -> None:
    """Breaks one place, and another that is often within the first: one of a list, of an object."""
    payload = form.written(data.draw(messages()))
    all_places = [place for place in places(payload) if place]
    holding = [place for place in all_places if isinstance(at(payload, place), list | dict)]
    first = data.draw(st.sampled_from(holding or all_places) | st.sampled_from(all_places))
    broken = change(data, payload, first)
    once = replaced(payload, first, broken)
    others = list(untouched(payload, once, first))
    if not (others and form.wrong(once)):
        return
    within = [place for place in others if place[: len(first)] == first]
    second = data.draw(st.sampled_from(within or others) | st.sampled_from(others))
    value = change(data, payload, second)
    also_broken = form.wrong(replaced(payload, second, value))
    if not also_broken:
        return  # it may even mend the first
    named = form.wrong(replaced(once, second, value))
    left_out = {
        *(fault for fault in form.wrong(once) - named if not is_excused(fault, second, value)),
        *(fault for fault in also_broken - named if not is_excused(fault, first, broken)),
    }
    assert not left_out, f"{as_path(first)} and {as_path(second)} are broken"


@pytest.mark.parametrize("form", FORMS)
@given(st.data())
@settings(BUDGET, max_examples=SMALL, derandomize=True)
def test_two_faults_are_named_at_once(form: str, data: st.DataObject) -> None:
    check_pair(data, FORMS[form])


@pytest.mark.full
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("form", FORMS)
@given(st.data())
@settings(BUDGET, max_examples=FULL)
def test_two_faults_of_thousands_are_named_at_once(form: str, data: st.DataObject) -> None:
    check_pair(data, FORMS[form])


ITEM = {"title": "Yes", "postback_data": "yes"}
URL = {"type": "url", "index": 1, "url": {"url": "x"}}
LIST: dict[str, Any] = {"subtitle": "s", "button": "b"}
TEMPLATE: dict[str, Any] = {"template_name": "t", "body": {}}
PLACE = {"latitude": 1, "longitude": 2, "name": "n", "address": "a"}


@pytest.mark.parametrize(
    ("model", "fields", "paths"),
    [
        (
            Button,
            {"body": "b", "items": [ITEM, {**ITEM, "title": ""}]},
            ["items[1].title", "items[1].postback_data"],
        ),
        (Button, {"body": "b", "items": [{}] * 4}, ["items[3].title", "items"]),
        (
            ListPicker,
            {**LIST, "sections": [{"items": [ITEM] * 9 + [{}]}, {"title": "b", "items": [ITEM]}]},
            ["sections[0].items[9].title", "sections[0].title", "sections"],
        ),
        (
            Template,
            {**TEMPLATE, "template_buttons": [URL, {"type": "otp", "index": 2}, {**URL, "url": 1}]},
            [
                "template_buttons[1].otp",
                "template_buttons[2].url",
                "template_buttons[2]",
            ],
        ),
        (Contact, {"name": {"first_name": 1}}, ["name.first_name", ""]),
        (Contact, {"name": {"first_name": 1}, "phones": [1] * 0}, ["name.first_name", "phones"]),
        (Media, {"content_type": "audio/ogg", "caption": ""}, ["caption", "caption"]),
        (Header, {"type": "text", "text": "t", "media": {}}, ["media.type", "media"]),
        (Header, {"type": "text", "text": f"*{'x' * 60}*"}, ["text", "text"]),
        (
            TemplateButtons,
            {"suggested_response": {"postback_data": {"one": 1}}, "website_url": [{}]},
            [
                "suggested_response.postback_data.one",
                "suggested_response.postback_data",
                "website_url[0].list_position",
                "website_url",
            ],
        ),
    ],
)
def test_what_parts_say_of_each_other_is_told_beside_what_is_wrong_with_them(
    model: type[Content], fields: dict[str, Any], paths: list[str]
) -> None:
    with pytest.raises(InvalidMessage) as caught:
        model(**fields)
    found = [fault.path for fault in caught.value.faults]
    for path in paths:
        assert found.count(path) >= paths.count(path), found


def test_media_that_is_partly_wrong_is_judged_by_the_rest() -> None:
    wrong = FORMS["fields"].wrong
    message = {"to": "27821234567", "channel": "whatsapp"}
    assert wrong({**message, "media": {"caption": 1}, "content": "ä"}) == {
        "media.caption",
        "media.content_type",
        "content",
    }
    assert wrong({**message, "media": {"file_id": "f", "color": 1}, "content": 1}) == {
        "media.color",
        "content",
    }
    assert wrong({**message, "media": {"file_id": 1}}) == {"media.file_id"}
    assert wrong({**message, "media": {"content_type": 1}}) == {"media.content_type", "content"}
