import phonenumbers
import pytest

from bulkwire.errors import ConfigurationError, InvalidNumber
from bulkwire.phone import check_region, normalise


@pytest.mark.parametrize(
    ("written", "region", "digits"),
    [
        ("+27 82 123 4567", None, "27821234567"),
        ("+27 (0)82 123-4567", None, "27821234567"),
        ("0027821234567", None, "27821234567"),
        ("0027 82 123 4567", "US", "27821234567"),
        ("27821234567", None, "27821234567"),
        ("27821234567", "ZA", "27821234567"),
        ("082 123 4567", "ZA", "27821234567"),
        ("011 27 82 123 4567", "US", "27821234567"),
        ("+27 82 123 4567", "GB", "27821234567"),
        ("\u202a+27 82 123 4567\u202c", None, "27821234567"),
        ("\uff0b27821234567", None, "27821234567"),
        ("+39 06 1234 5678", None, "390612345678"),  # Italy keeps its zero
        ("4915112345678", "DE", "4915112345678"),  # not 49 4915112345678
        ("9123456789", "IN", "919123456789"),  # a local number that starts like +91
        ("+1 555 123 4567", None, "15551234567"),  # WhatsApp's test numbers
        ("+44 7700 900123", None, "447700900123"),  # reserved for fiction
    ],
)
def test_a_number_becomes_international_digits(
    written: str, region: str | None, digits: str
) -> None:
    assert normalise(written, region) == digits


@pytest.mark.parametrize(
    ("written", "region", "problem"),
    [
        ("", None, "is empty"),
        ("   ", "ZA", "is empty"),
        ("call me", None, "is not a phone number"),
        ("+", None, "is not a phone number"),
        ("+27 82 123 4567 ext 3", None, "is not a phone number"),
        ("+27821234567, +27821234568", None, "is not a phone number"),
        ("+999 123 456 789", None, "is not a phone number"),
        ("0000000000", None, "is not a phone number"),
        ("0821234567", None, "is a local number and no region is given"),
        ("+27 82", None, "is too short to be a phone number"),
        ("+27 82 123 4567 8901 2", None, "is too long to be a phone number"),
        ("1" * 500, None, "is too long to be a phone number"),
        ("12345", "ZA", "is not a phone number of its country"),
        ("27821234567", "GB", "is too long to be a phone number"),
        ("1234567", "US", "lacks its area code"),
        ("2.7821E+10", None, "is in scientific notation, which lost digits"),
        ("27821234567.0", None, "is a decimal fraction"),
    ],
)
def test_what_is_no_number_says_why_and_is_not_quoted(
    written: str, region: str | None, problem: str
) -> None:
    with pytest.raises(InvalidNumber) as caught:
        normalise(written, region)
    assert caught.value.problem == problem
    assert caught.value.remedy
    assert len(written) < 5 or written not in str(caught.value)


@pytest.mark.parametrize("region", sorted(phonenumbers.SUPPORTED_REGIONS))
def test_every_countrys_example_number_is_read_in_every_form(region: str) -> None:
    for kind in (phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE):
        example = phonenumbers.example_number_for_type(region, kind)
        if example is None:
            continue
        international = phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.E164)
        national = phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.NATIONAL)
        digits = international.removeprefix("+")
        assert normalise(international) == digits
        assert normalise(digits) == digits
        assert normalise(digits, region) == digits
        assert normalise(national, region) == digits


def test_a_region_is_two_letters_of_a_country() -> None:
    assert check_region(" za ") == "ZA"
    with pytest.raises(ConfigurationError, match="is not a country"):
        check_region("Atlantis")
