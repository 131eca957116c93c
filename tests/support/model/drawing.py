"""What becomes of messages, for hypothesis to choose from."""

from hypothesis import strategies as st

from bulkwire.outcomes import Accepted, Outcome, Rejected, Unanswered, Unsent
from bulkwire.states import Category, OnDoubt
from support.model.commands import LONG_MS

__all__ = ["BEGINNINGS", "CAMPAIGNS", "OUTCOMES"]

CAMPAIGNS = st.sampled_from([None, "spring", "autumn"])
OUTCOMES: st.SearchStrategy[Outcome] = st.sampled_from(
    [
        Accepted("api1"),
        Accepted("api1"),
        Accepted("api2"),
        Rejected("content", Category.CONTENT, code=9),
        Rejected("bad_number", Category.RECIPIENT),
        Rejected("stopped", Category.RECIPIENT, suppress=True),
        Rejected("unpaid", Category.ACCOUNT),
        Unsent("busy"),
        Unsent("poison", alone=True, code=7),
        Unsent("limit", LONG_MS),
        Unsent("refused", LONG_MS, counts_attempt=False),
        Unanswered("timeout"),
    ]
)

BEGINNINGS = st.tuples(
    st.sampled_from(
        [
            None,
            None,
            Accepted("api1"),
            Accepted("api1"),
            Unanswered("timeout"),
            Rejected("content", Category.CONTENT),
        ]
    ),
    CAMPAIGNS,
    st.sampled_from([OnDoubt.HOLD, OnDoubt.HOLD, OnDoubt.RESEND]),
)
