"""Rules: which one applies to a message, and how often."""

from bulkwire_cli.simulator.bucket import TokenBucket
from bulkwire_cli.simulator.rulebook import RuleBook
from bulkwire_cli.simulator.scenario import Rule


def test_a_rule_applies_only_so_many_times() -> None:
    book = RuleBook([Rule(to="271", code=26, times=2)])
    taken = [book.take("code", "271", "sms") for _ in range(3)]
    assert [rule is not None for rule in taken] == [True, True, False]


def test_the_next_rule_takes_over_when_the_first_is_used_up() -> None:
    book = RuleBook([Rule(to="271", code=26, times=1), Rule(to="271", code=27)])
    rules = [book.take("code", "271", "sms") for _ in range(3)]
    assert [rule.code for rule in rules if rule] == [26, 27, 27]


def test_a_rule_for_the_very_number_comes_before_one_for_many() -> None:
    book = RuleBook([Rule(prefix="27", code=1), Rule(to="271", code=2), Rule(suffix="9", code=3)])
    found = [book.take("code", to, "sms") for to in ("271", "272", "499", "491")]
    assert [rule and rule.code for rule in found] == [2, 1, 3, None]


def test_effects_do_not_get_in_each_others_way() -> None:
    book = RuleBook([Rule(to="271", code=26, times=1), Rule(to="271", status="READ")])
    status = book.take("status", "271", "sms")
    code = book.take("code", "271", "sms")
    assert status is not None
    assert code is not None
    assert (status.status, code.code) == ("READ", 26)


def test_a_rule_for_a_channel_leaves_the_other_alone() -> None:
    book = RuleBook([Rule(channel="whatsapp", code=27)])
    assert book.take("code", "271", "sms") is None
    assert book.take("code", "271", "whatsapp") is not None


def test_a_bucket_gives_all_or_nothing_and_fills_with_time() -> None:
    bucket = TokenBucket(rate=10, burst=20, now=0.0)
    assert bucket.take(20, now=0.0)
    assert not bucket.take(1, now=0.05)
    assert bucket.take(5, now=0.5)
    assert not bucket.take(21, now=100.0)
    assert bucket.take(20, now=100.0)
