from pathlib import Path

import pytest

from bulkwire_cli.unknown_settings import UnknownSetting, unknown_settings


def test_a_variable_that_nobody_reads_is_named_with_what_it_resembles(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    env_file = tmp_path / ".env"
    env_file.write_text(
        "BULKWIRE_REDIS_URL=redis://h\nBULKWIRE_LEASES=5\nOTHER=1\n", encoding="utf-8"
    )
    monkeypatch.setenv("BULKWIRE_REQUEST", "64")
    monkeypatch.setenv("BULKWIRE_XYZ", "hush")
    monkeypatch.setenv("BULKWIRE_FLOWER_PASSWORD", "hush")
    assert list(unknown_settings(env_file)) == [
        UnknownSetting("BULKWIRE_REQUEST", "BULKWIRE_REQUESTS"),
        UnknownSetting("BULKWIRE_XYZ", None),
        UnknownSetting("BULKWIRE_LEASES", "BULKWIRE_LEASE"),
    ]


def test_what_env_example_names_is_known(tmp_path: Path) -> None:
    example = Path(__file__).parents[3] / ".env.example"
    env_file = tmp_path / ".env"
    lines = example.read_text(encoding="utf-8").splitlines()
    said = [line.removeprefix("# ") for line in lines if "BULKWIRE_" in line and "=" in line]
    env_file.write_text("\n".join(said), encoding="utf-8")
    assert said
    assert not list(unknown_settings(env_file))
