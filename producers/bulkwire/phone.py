"""Phone numbers as the provider wants them: international digits, without `+` or leading zeros.

What counts as a number: it has the usual length of its country's mobile numbers, or its country's
numbering plan lists it. The plan alone would refuse numbers that people do send to: ranges newer
than our copy of it, WhatsApp's test numbers, numbers reserved for trying things out. What is
possible and not in use, the provider says.
"""

import re
import unicodedata
from functools import lru_cache
from typing import Final

import phonenumbers
from phonenumbers import PhoneNumber, PhoneNumberType, ValidationResult

from bulkwire.errors import ConfigurationError, InvalidNumber

__all__ = ["check_region", "normalise"]

_LONGEST: Final = 40
_FORM: Final = re.compile(r"[+\uff0b]?[\d\s().\-/\u2010-\u2015\u2212]+")
_FULL_WIDTH_PLUS: Final = "\uff0b"
_SCIENTIFIC: Final = re.compile(r"\d(?:[.,]\d+)?[eE]\+?\d{1,2}")
_DECIMAL: Final = re.compile(r"\+?\d{7,}[.,]0+")

_WRITE_IN_FULL: Final = "write it with + and the country code"
_SAVE_AS_TEXT: Final = "format the column as text in the spreadsheet and save the file again"

_LENGTH_PROBLEMS: Final = {
    ValidationResult.TOO_SHORT: "is too short to be a phone number",
    ValidationResult.IS_POSSIBLE_LOCAL_ONLY: "lacks its area code",
    ValidationResult.TOO_LONG: "is too long to be a phone number",
    ValidationResult.INVALID_COUNTRY_CODE: "starts with no country's code",
}


def check_region(region: str) -> str:
    """The region in upper case.

    Raises ConfigurationError unless it is a two-letter country code that phone numbers know.
    """
    wanted = region.strip().upper()
    if wanted not in phonenumbers.SUPPORTED_REGIONS:
        raise ConfigurationError(
            f"region {region[:8]!r} is not a country: give its two letters, such as ZA"
        )
    return wanted


def normalise(number: str, region: str | None = None) -> str:
    """The number's international digits without `+`: `27821234567`.

    Read as international: what starts with `+` or `00`; without a region, digits alone; with a
    region, digits that start with that region's own country code. Everything else is a local
    number of `region` (two letters, upper case). Raises InvalidNumber, which says why.
    """
    written = _readable(number)
    if written.startswith(("+", _FULL_WIDTH_PLUS)):
        return _checked(written, None)
    if written.startswith("00"):
        return _checked("+" + written[2:], None)
    if region is None:
        if written.startswith("0"):
            raise InvalidNumber("is a local number and no region is given", _WRITE_IN_FULL)
        return _checked("+" + written, None)
    code = str(phonenumbers.country_code_for_region(region))
    if written.startswith(code):
        # phonenumbers would take 4915112345678 in DE for a local number and put 49 before it.
        international = _parsed("+" + written, None)
        if international is not None and (digits := _acceptable(international)):
            return digits
    return _checked(written, region)


def _readable(number: str) -> str:
    """The number stripped, once it is made of nothing but digits and what people put between."""
    text = number.strip()
    if not text.isascii():
        # Numbers copied from address books carry invisible direction marks.
        text = "".join(char for char in text if unicodedata.category(char) != "Cf").strip()
    if not text:
        raise InvalidNumber("is empty", _WRITE_IN_FULL)
    if len(text) > _LONGEST:
        raise InvalidNumber(_LENGTH_PROBLEMS[ValidationResult.TOO_LONG], _WRITE_IN_FULL)
    if _SCIENTIFIC.fullmatch(text):
        raise InvalidNumber("is in scientific notation, which lost digits", _SAVE_AS_TEXT)
    if _DECIMAL.fullmatch(text):
        raise InvalidNumber("is a decimal fraction", _SAVE_AS_TEXT)
    if not _FORM.fullmatch(text):
        raise InvalidNumber("is not a phone number", _WRITE_IN_FULL)
    return text


def _checked(written: str, region: str | None) -> str:
    parsed = _parsed(written, region)
    if parsed is None:
        raise InvalidNumber("is not a phone number", _WRITE_IN_FULL)
    digits = _acceptable(parsed)
    if digits is None:
        length = phonenumbers.is_possible_number_with_reason(parsed)
        problem = _LENGTH_PROBLEMS.get(length, "is not a phone number of its country")
        raise InvalidNumber(problem, _WRITE_IN_FULL)
    return digits


def _parsed(written: str, region: str | None) -> PhoneNumber | None:
    try:
        return phonenumbers.parse(written, region)
    except phonenumbers.NumberParseException:
        return None


def _acceptable(parsed: PhoneNumber) -> str | None:
    """The international digits of what counts as a number, else None."""
    code = parsed.country_code or 0
    national = phonenumbers.national_significant_number(parsed)
    # Not phonenumbers' own check of the length: it lets five digits pass in some countries.
    right = len(national) == _mobile_length(code) or phonenumbers.is_valid_number(parsed)
    return f"{code}{national}" if right else None


@lru_cache(maxsize=512)
def _mobile_length(country_code: int) -> int | None:
    """How many digits a typical mobile number has there, without the country code."""
    region = phonenumbers.region_code_for_country_code(country_code)
    example = phonenumbers.example_number_for_type(region, PhoneNumberType.MOBILE)
    return len(phonenumbers.national_significant_number(example)) if example else None
