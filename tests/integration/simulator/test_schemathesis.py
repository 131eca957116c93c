"""Generated requests against a real simulator, over HTTP, judged by the corrected contract.

schemathesis makes requests that fit the contract and requests that don't: systematic ones for
every limit, and random ones. Which of its checks are kept:

- not_a_server_error, status_code_conformance, content_type_conformance,
  response_headers_conformance, response_schema_conformance: whatever is asked, the simulator
  answers with what the contract describes.
- negative_data_rejection, missing_required_header, unsupported_method, allow_header_conformance:
  what the contract forbids is refused. 207 counts as a refusal: of several messages or notices,
  those that don't fit are refused alone. A query or headers that fit as they were sent are not
  forbidden, however they were meant: an empty list in a query leaves no trace, and headers that
  are left out (the key, the content type) are added on the way.
- positive_data_acceptance: what the contract allows is accepted; not of the two operations below.
- ignored_auth: a request without a key, or with a wrong one, gets 401.
- use_after_free, ensure_resource_availability, object_level_authorization: on, and idle. They
  judge sequences of requests, and the contract has no links to make sequences of.

Which is left out, and why:

- positive_data_acceptance of `POST /v1/message`: the schema allows what the contract's prose
  forbids (two kinds of content, WhatsApp's fields in an SMS, a recipient that is no number), and
  generated messages nearly always have something of it. tests/unit/content/test_agreement.py
  generates messages that respect the prose, too.
- positive_data_acceptance of `POST /v1/media`: a hash made at random is not that of the file.
- max_response_time: schemathesis's default leaves it off; speed belongs in benchmarks.
"""

from collections.abc import Callable, Iterator
from typing import Any, Final, TypeAlias

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import CHECKS, CheckContext
from schemathesis.core.parameters import ParameterLocation
from schemathesis.errors import FailureGroup
from schemathesis.specs.openapi.checks import negative_data_rejection, positive_data_acceptance

from bulkwire_cli.simulator.contract import corrected_contract
from bulkwire_cli.simulator.process import RunningSimulator, start_simulator
from support.as_sent import keeps_to_parameters

KEY: Final = "the-only-key"
NOT_ALL_VALID_IS_ACCEPTED: Final = {"POST /v1/message", "POST /v1/media"}
OPERATIONS: Final = 7

ONE_SEES_AS_SENT: Final = (
    {ParameterLocation.QUERY},
    {ParameterLocation.HEADER},
    {ParameterLocation.QUERY, ParameterLocation.HEADER},
)

Case: TypeAlias = schemathesis.Case[Any]

# schemathesis's own list, and 207.
REFUSALS: Final = ["207", "400", "401", "403", "404", "405", "406", "413", "415", "422"]

CONTRACT: Final = corrected_contract()
schema = schemathesis.openapi.from_dict(
    CONTRACT,
    config=schemathesis.Config.from_dict(
        {"checks": {"negative_data_rejection": {"expected-statuses": REFUSALS}}}
    ),
)


def generating(examples: int, *, derandomize: bool) -> Callable[..., Any]:
    """`examples` random requests of an operation, on top of the systematic ones."""
    return settings(
        max_examples=examples,
        derandomize=derandomize,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )


@pytest.fixture(scope="module")
def running() -> Iterator[RunningSimulator]:
    with start_simulator("smooth") as simulator:
        yield simulator


@pytest.fixture
def url(running: RunningSimulator) -> str:
    running.client.set_scenario({"account": {"keys": [KEY]}})
    return running.url


def rejection_of_what_was_sent(
    context: CheckContext, response: schemathesis.Response, case: Case
) -> bool | None:
    """`negative_data_rejection`, but of requests that are still broken when they leave."""
    parts = case.meta.components.items() if case.meta else ()
    broken = {place for place, part in parts if part.mode.is_negative}
    sent, wanted = response.request, case.operation
    if broken in ONE_SEES_AS_SENT and sent.method == wanted.method.upper():
        operation = CONTRACT["paths"][wanted.path][wanted.method.lower()]
        headers = {name: str(value) for name, value in sent.headers.items()}
        if keeps_to_parameters(operation, str(sent.url), headers):
            return None
    return negative_data_rejection(context, response, case)


def judge(case: Case, url: str) -> None:
    left_out = case.operation.label in NOT_ALL_VALID_IS_ACCEPTED
    case.call_and_validate(
        base_url=url,
        headers={"Authorization": KEY},
        additional_checks=[rejection_of_what_was_sent],
        excluded_checks=[negative_data_rejection, *([positive_data_acceptance] * left_out)],
    )


@schema.parametrize()
@generating(25, derandomize=True)
def test_the_simulator_keeps_the_contract(case: Case, url: str) -> None:
    judge(case, url)


@pytest.mark.full
@pytest.mark.timeout(1_800)
@schema.parametrize()
@generating(2_000, derandomize=False)
def test_the_simulator_keeps_the_contract_at_length(case: Case, url: str) -> None:
    judge(case, url)


def operations() -> list[tuple[str, str]]:
    return [(path, method.upper()) for path in schema for method in schema[path]]


def test_a_simulator_that_breaks_the_contract_is_found(running: RunningSimulator, url: str) -> None:
    case = schema["/v1/balance"]["GET"].Case()
    judge(case, url)
    running.client.set_scenario({"account": {"keys": [KEY]}, "other_requests": {"bare_418": 1}})
    with pytest.raises(FailureGroup, match="Undocumented status code"):
        judge(case, url)


def test_no_operation_and_no_check_is_forgotten() -> None:
    labels = {f"{method} {path}" for path, method in operations()}
    assert len(labels) == OPERATIONS
    assert labels >= NOT_ALL_VALID_IS_ACCEPTED
    named = __doc__ or ""
    assert [name for name in CHECKS.get_all_names() if name not in named] == []


@pytest.mark.parametrize(
    ("query", "content_type", "keeps"),
    [
        ("fileName=a&broadcastAllowed=true", "image/png", True),
        ("fileName=a&kmsArn=", "image/png", True),
        ("fileName=a", "", False),
        ("fileName=", "image/png", False),
        ("to=1", "image/png", False),
        ("fileName=a&colour=red", "image/png", False),
        ("fileName=a&fileName=b", "image/png", False),
        ("fileName=a&broadcastAllowed=false", "image/png", False),
        ("fileName=a&broadcastAllowed=yes", "image/png", False),
    ],
)
def test_a_request_is_judged_as_it_was_sent(query: str, content_type: str, keeps: bool) -> None:
    upload = CONTRACT["paths"]["/v1/media"]["post"]
    headers = {"Content-Type": content_type}
    assert keeps_to_parameters(upload, f"http://there/v1/media?{query}", headers) is keeps
