"""No message and no delay rides in a Celery task."""

import pytest

from support.celery_rules import find_breaches
from support.source_tree import ROOT, SOURCE_ROOTS, python_files


def test_no_celery_call_delays_retries_or_carries_anything() -> None:
    files = python_files(*SOURCE_ROOTS)
    findings = [
        str(finding)
        for path in files
        for finding in find_breaches(path.read_text(), str(path.relative_to(ROOT)))
    ]
    assert findings == []
    assert {path.relative_to(ROOT).parts[0] for path in files} == set(SOURCE_ROOTS)


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        ("dispatch.apply_async(countdown=3)", "countdown="),
        ("dispatch.apply_async(eta=tomorrow)", "eta="),
        ("dispatch.si().set(countdown=3)", "countdown="),
        ("app.send_task('bulkwire.dispatch', countdown=3)", "countdown="),
        ("app.signature('bulkwire.dispatch', eta=soon)", "eta="),
        ("partial(wake, eta=soon)", "eta="),
        ("options = {'countdown': 3}", "'countdown'"),
        ("options['eta'] = soon", "'eta'"),
        ("self.retry()", ".retry()"),
        ("raise task.retry(exc=error)", ".retry()"),
        ("current_task.retry(throw=False)", ".retry()"),
        ("from celery.exceptions import Reject, Retry", "Retry"),
        ("@app.task(autoretry_for=(OSError,))\ndef dispatch(): ...", "autoretry_for="),
        ("@shared_task(bind=True, max_retries=3)\ndef dispatch(self): ...", "max_retries="),
        ("app.task(retry_backoff=True)(dispatch)", "retry_backoff="),
        ("class Dispatch(Task):\n    max_retries = 3", "max_retries"),
        ("class Dispatch(celery.Task):\n    retry_backoff: bool = True", "retry_backoff"),
        ("app.send_task('bulkwire.dispatch', retry=True)", "retry="),
        ("dispatch.apply_async(retry_policy=policy)", "retry_policy="),
        ("app.send_task('bulkwire.dispatch', **options)", "**"),
        ("app.send_task('bulkwire.dispatch', [message_id])", "carries arguments"),
        ("app.send_task('bulkwire.dispatch', kwargs={'to': number})", "carries arguments"),
        ("dispatch.delay(message_id)", "carries arguments"),
        ("dispatch.apply_async((message_id,))", "carries arguments"),
    ],
)
def test_a_breach_is_found(source: str, problem: str) -> None:
    (finding,) = find_breaches(source, "example.py")
    assert problem in finding.problem
    assert str(finding).startswith("example.py:")


@pytest.mark.parametrize(
    "source",
    [
        "app.send_task('bulkwire.dispatch', expires=30, queue='bulkwire.dispatch')",
        "dispatch.apply_async(expires=30)",
        "dispatch.delay()",
        "@app.task(name='bulkwire.dispatch', ignore_result=True)\ndef dispatch(): ...",
        "@tenacity.retry(stop=stop)\ndef send(): ...",
        "Retrying(retry=retry_if_exception(is_unsent), stop=stop)",
        "Redis(retry=Retry(NoBackoff(), 0))",
        "class Policy:\n    max_retries = 3",
    ],
)
def test_wake_ups_and_retries_outside_celery_are_allowed(source: str) -> None:
    assert find_breaches(source, "example.py") == []
