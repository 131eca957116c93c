"""Templates, lists and buttons: lengths, counts, and what belongs together."""

from typing import Any

import pytest

from bulkwire.content import (
    ActionUrl,
    Button,
    Header,
    ListItem,
    ListPicker,
    LocationRequest,
    Template,
    TemplateButtons,
    TemplateHeader,
)
from bulkwire.content.base import Content
from bulkwire.errors import InvalidMessage
from bulkwire.making import make_message

URL = {"type": "url", "index": 1, "url": {"url": "x"}}
OTP = {"type": "otp", "index": 2, "otp": {"code": "4711"}}
COUPON = {"type": "couponCode", "index": 3, "coupon_code": {"code": "x" * 15}}
ITEM = {"title": "Yes", "postback_data": "yes"}
LIST: dict[str, Any] = {"subtitle": "s", "button": "b", "sections": [{"items": [ITEM]}]}
GROUP_THEM = "put those of one type next to each other"
BUTTON: dict[str, Any] = {"body": "b", "items": [ITEM]}
ACTION: dict[str, Any] = {"body": "b", "title": "t", "url": "u"}


def url(index: int) -> dict[str, Any]:
    return {**URL, "index": index}


def faults_of(model: type[Content], fields: dict[str, Any]) -> dict[str, str]:
    with pytest.raises(InvalidMessage) as caught:
        model(**fields)
    return {fault.path: fault.problem for fault in caught.value.faults}


def template(**fields: Any) -> dict[str, Any]:
    return {"template_name": "t", "body": {}, **fields}


def test_every_fault_is_listed_with_its_path() -> None:
    long = {**COUPON, "coupon_code": {"code": "x" * 17}}
    with pytest.raises(InvalidMessage) as caught:
        make_message(
            {
                "to": "12345",
                "channel": "whatsapp",
                "content": "x",
                "template": template(
                    header={"type": "text", "media": {"file_id": "f"}},
                    template_buttons=[URL, OTP, long, {**URL, "index": 0}],
                ),
            }
        )
    assert str(caught.value).splitlines() == [
        "to is too short to be a phone number: write it with + and the country code",
        "template.header.text is missing: a header of type text needs it",
        "template.header.media does not go with type text: leave it out or change the type",
        "template.template_buttons[2].coupon_code.code has 17 characters, at most 15: shorten it",
        "template.template_buttons[3].index is less than 1",
        f"template.template_buttons[3] stands apart from the other url buttons: {GROUP_THEM}",
        "template cannot go with content: a message has one kind of content",
    ]


@pytest.mark.parametrize(
    ("buttons", "faults"),
    [
        ([url(n) for n in range(1, 12)], {"template_buttons": "has 11, at most 10"}),
        ([URL, OTP, url(3)], {"template_buttons[2]": "stands apart from the other url buttons"}),
        ([URL, OTP, COUPON, COUPON], {"template_buttons[3].index": "is the same as that of [2]"}),
        (
            [URL, {**OTP, "index": 1, "otp": {}}],
            {
                "template_buttons[1].otp.code": "is missing",
                "template_buttons[1].index": "is the same as that of [0]",
            },
        ),
        ([{"index": 1}], {"template_buttons[0]": "has no type"}),
        ([{**URL, "type": "phone"}], {"template_buttons[0]": "has a type that is not known"}),
        ([{**OTP, "url": {"url": "x"}}], {"template_buttons[0].url": "is not a known field"}),
        ([{**URL, "index": "1"}], {"template_buttons[0].index": "is not a whole number"}),
        ("x", {"template_buttons": "is not a list"}),
        (
            [URL, {"index": 3}, url(4), OTP, url(5)],
            {
                "template_buttons[1]": "has no type",
                "template_buttons[4]": "stands apart from the other url buttons",
            },
        ),
    ],
)
def test_template_buttons_are_told_apart_by_type(buttons: Any, faults: dict[str, str]) -> None:
    assert faults_of(Template, template(template_buttons=buttons)) == faults


def test_old_buttons_work_with_a_warning() -> None:
    with pytest.warns(DeprecationWarning, match="use `template_buttons`") as caught:
        Template(**template(buttons={"website_url": [{"list_position": 2}]}))
    assert caught[0].filename == __file__


@pytest.mark.parametrize(
    ("fields", "faults"),
    [
        (
            {"suggested_response": {"postback_data": {}}, "website_url": []},
            {"website_url": "does not go with suggested_response"},
        ),
        (
            {"suggested_response": {"postback_data": {str(n): "x" for n in range(4)}}},
            {"suggested_response.postback_data": "has 4, at most 3"},
        ),
        (
            {"website_url": [{"list_position": 3}]},
            {"website_url[0].list_position": "is greater than 2"},
        ),
        (
            {"website_url": [{"list_position": 1, "parameters": {"a": "x", "b": "y"}}]},
            {"website_url[0].parameters": "has 2, at most 1"},
        ),
    ],
)
def test_old_buttons_are_of_one_type(fields: Any, faults: dict[str, str]) -> None:
    assert faults_of(TemplateButtons, fields) == faults


@pytest.mark.parametrize("kind", ["text", "media", "location"])
def test_a_header_has_what_its_type_names(kind: str) -> None:
    place = {"latitude": 1, "longitude": 2, "name": "n", "address": "a"}
    parts: dict[str, Any] = {"text": {}, "media": {"file_id": "f"}, "location": place}
    assert TemplateHeader(type=kind, **{kind: parts[kind]})
    assert faults_of(TemplateHeader, {"type": kind}) == {kind: "is missing"}
    others = {name: f"does not go with type {kind}" for name in parts if name != kind}
    assert faults_of(TemplateHeader, {"type": kind, **parts}) == others


def test_a_headers_text_has_one_parameter_under_a_number() -> None:
    header: dict[str, Any] = {"type": "text", "text": {"parameters": {"1": "a", "2": "b"}}}
    assert faults_of(TemplateHeader, header) == {"text.parameters": "has 2, at most 1"}
    header["text"] = {"parameters": {"one": "a"}}
    problem = "has a key that is not a number"
    assert faults_of(TemplateHeader, header) == {"text.parameters": problem}


@pytest.mark.parametrize(
    ("model", "good", "path", "most"),
    [
        (ListPicker, LIST, "title", 60),
        (ListPicker, LIST, "subtitle", 1024),
        (ListPicker, LIST, "button", 20),
        (ListPicker, LIST, "footer", 60),
        (Button, BUTTON, "body", 1024),
        (Button, BUTTON, "footer", 60),
        (ActionUrl, ACTION, "body", 1024),
        (ActionUrl, ACTION, "footer", 60),
        (ActionUrl, ACTION, "title", 20),
        (ActionUrl, ACTION, "url", 2000),
        (LocationRequest, {}, "body", 1024),
        (Header, {"type": "text"}, "text", 60),
    ],
)
def test_texts_have_a_length(
    model: type[Content], good: dict[str, Any], path: str, most: int
) -> None:
    assert getattr(model(**{**good, path: "é" * most}), path) == "é" * most
    problem = f"has {most + 1} characters, at most {most}"
    assert faults_of(model, {**good, path: "é" * (most + 1)}) == {path: problem}


@pytest.mark.parametrize(
    ("field", "most"), [("title", 24), ("subtitle", 72), ("postback_data", 200)]
)
def test_texts_of_list_items_have_a_length(field: str, most: int) -> None:
    item = {**ITEM, field: "x" * (most + 1)}
    problem = f"has {most + 1} characters, at most {most}"
    path = f"sections[0].items[0].{field}"
    assert faults_of(ListPicker, {**LIST, "sections": [{"items": [item]}]}) == {path: problem}


@pytest.mark.parametrize(("field", "most"), [("title", 20), ("postback_data", 256)])
def test_texts_of_buttons_have_a_length(field: str, most: int) -> None:
    item = {**ITEM, field: "x" * (most + 1)}
    problem = f"has {most + 1} characters, at most {most}"
    assert faults_of(Button, {**BUTTON, "items": [item]}) == {f"items[0].{field}": problem}


def test_a_list_has_ten_items_in_total_and_titles_for_its_sections() -> None:
    six = {"items": [ITEM] * 6}
    assert faults_of(ListPicker, {**LIST, "sections": [{**six, "title": "a"}, six]}) == {
        "sections": "have 12 items in total, at most 10",
        "sections[1].title": "is missing",
    }
    assert faults_of(ListPicker, {**LIST, "sections": []}) == {"sections": "has 0, at least 1"}
    eleven = [{"items": [ITEM] * 11}]
    assert faults_of(ListPicker, {**LIST, "sections": eleven}) == {
        "sections[0].items": "has 11, at most 10"
    }


def test_postback_data_of_buttons_are_unique_also_beside_other_faults() -> None:
    assert faults_of(Button, {**BUTTON, "items": [ITEM, {"title": "No"}, ITEM]}) == {
        "items[1].postback_data": "is missing",
        "items[2].postback_data": "is the same as that of [0]",
    }


@pytest.mark.parametrize("text", ["*bold*", "a _b c_ d", "~x~", "`x`", "*a\nb*"])
def test_markdown_is_refused_where_it_would_be_shown(text: str) -> None:
    assert faults_of(ListPicker, {**LIST, "title": text}) == {"title": "is formatted with markdown"}


@pytest.mark.parametrize("text", ["order_1_2", "2*3*4", "a * b * c", "5` long", "**", "😀"])
def test_what_only_looks_like_markdown_passes(text: str) -> None:
    assert ListPicker(**{**LIST, "title": text}).title == text


@pytest.mark.parametrize("text", ["ok 😀", "✅", "🇿🇦"])
def test_postback_data_of_a_list_holds_no_emoji(text: str) -> None:
    sections = [{"items": [{"title": "t", "postback_data": text}]}]
    path = "sections[0].items[0].postback_data"
    assert faults_of(ListPicker, {**LIST, "sections": sections}) == {path: "holds an emoji"}


@pytest.mark.parametrize("emoji", "⌚⏰⏳⬛◽✅⭐")
def test_what_is_an_emoji_without_more_is_one(emoji: str) -> None:
    with pytest.raises(InvalidMessage, match="postback_data holds an emoji"):
        ListItem(title="t", postback_data=f"a{emoji}")
