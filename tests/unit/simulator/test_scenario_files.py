"""Scenario files: what is shipped loads, what is wrong is named by file and key."""

from pathlib import Path

import pytest

from bulkwire_cli.simulator.scenario import Scenario
from bulkwire_cli.simulator.scenario_file import (
    ScenarioError,
    load_scenario,
    parse_scenario,
    shipped_scenarios,
)


def faults_of(text: str, tmp_path: Path) -> list[str]:
    file = tmp_path / "mine.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ScenarioError) as raised:
        load_scenario(str(file))
    return str(raised.value).replace(str(file), "mine.toml").splitlines()


def test_every_shipped_scenario_loads() -> None:
    assert {"smooth", "faults", "balance", "limited"} <= set(shipped_scenarios())
    for name in shipped_scenarios():
        assert isinstance(load_scenario(name), Scenario)


def test_an_empty_file_is_a_provider_without_faults(tmp_path: Path) -> None:
    file = tmp_path / "empty.toml"
    file.write_text("")
    assert load_scenario(str(file)) == Scenario()


def test_a_scenario_survives_being_sent_as_json() -> None:
    scenario = load_scenario("faults")
    assert parse_scenario(scenario.model_dump(mode="json"), "again") == scenario


def test_each_fault_has_a_line_of_its_own_with_file_and_key(tmp_path: Path) -> None:
    lines = faults_of(
        "seed = 'x'\nrequsts = {}\n[requests]\nbare_503 = 7\n[[rules]]\nto='1'\n", tmp_path
    )
    assert len(lines) == 4
    assert lines[0].startswith("mine.toml: seed: ")
    assert any(line.startswith("mine.toml: requests.bare_503: ") for line in lines)
    assert any(line.startswith("mine.toml: rules[0]: give one of code, status") for line in lines)
    assert "mine.toml: requsts: no such key; remove it or correct its spelling" in lines


def test_an_unknown_answer_is_refused_with_those_there_are(tmp_path: Path) -> None:
    (line,) = faults_of("[requests]\nexplode = 0.1\n", tmp_path)
    assert line.startswith("mine.toml: requests.explode: no such answer; there are bare_")
    assert "reset_after" in line


@pytest.mark.parametrize("name", ["bare", "code", "bare_99", "bare_600", "code_0", "code_x"])
def test_an_answer_needs_a_number_that_makes_sense(name: str, tmp_path: Path) -> None:
    (line,) = faults_of(f"first_requests = ['{name}']\n", tmp_path)
    assert line.startswith("mine.toml: first_requests[0]: no such answer")


def test_rates_may_not_add_up_to_more_than_one(tmp_path: Path) -> None:
    (line,) = faults_of("[requests]\nslow = 0.6\nbare_503 = 0.6\n", tmp_path)
    assert line == "mine.toml: requests: the rates add up to 1.2; together they may be 1 at most"


def test_a_range_must_be_in_order(tmp_path: Path) -> None:
    (line,) = faults_of("latency_ms = [5, 1]\n", tmp_path)
    assert line.startswith("mine.toml: latency_ms: the first number must not be greater")


def test_a_rule_with_two_effects_is_refused(tmp_path: Path) -> None:
    (line,) = faults_of("[[rules]]\ncode = 26\nstatus = 'READ'\n", tmp_path)
    assert line.startswith("mine.toml: rules[0]: give one of code, status")


def test_text_that_is_not_toml_is_named_with_its_line(tmp_path: Path) -> None:
    (line,) = faults_of("seed = \n", tmp_path)
    assert line.startswith("mine.toml: not TOML: ")
    assert "line 1" in line


def test_a_file_that_is_not_there_is_named_with_the_names_that_are(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match=r"nowhere\.toml: cannot be read .*smooth"):
        load_scenario(str(tmp_path / "nowhere.toml"))


def test_a_file_that_is_not_utf8_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "latin.toml"
    file.write_bytes(b"# \xe9\n")
    with pytest.raises(ScenarioError, match="not UTF-8"):
        load_scenario(str(file))
