"""Repairing what an audit found: each message back to where its record says it stands.

Every repair judges anew, in its script and from the record. With `only_look` it changes nothing and
answers what it would repair: so the audit and the repair can never disagree.
"""

from collections.abc import Sequence

from bulkwire.store.auditing import ReadyList
from bulkwire.store.call import Call, Reply, text, transition
from bulkwire.store.keys import Keys

__all__ = [
    "repair_count",
    "repair_index",
    "repair_leases",
    "repair_messages",
    "repair_page",
    "repair_turns",
]


def repair_messages(
    keys: Keys, ids: Sequence[str], *, only_look: bool = False
) -> Call[dict[str, str]]:
    """Puts a few messages back where their records say; answers what was wrong with which.

    Never towards sending again: what is being sent under no batch may have left, and is in doubt
    from then on. Looking for an id in a long ready list takes milliseconds: ten ids at the most.
    """
    return transition(
        "repair_messages",
        keys,
        _flag(only_look=only_look),
        *ids,
        read=lambda words: _told(ids, words),
    )


def repair_leases(
    keys: Keys, batches: Sequence[str], *, only_look: bool = False
) -> Call[dict[str, str]]:
    """Leases batches that have no lease, and drops leases of no batch; what was wrong with which.

    A lease given so has lapsed already: the batch is taken back like any other. At most 250.
    """
    return transition(
        "repair_leases",
        keys,
        _flag(only_look=only_look),
        *batches,
        read=lambda words: _told(batches, words),
    )


def repair_index(
    keys: Keys, index: str, ids: Sequence[str], *, only_look: bool = False
) -> Call[list[str]]:
    """Drops the ids whose records deny them, and answers them.

    `index`: `poll`, `dead`, `in_doubt`, `due:<priority>`; or a ready list, `ready:normal:sms:x`,
    from which only what belongs into another is dropped. At most 250 ids; of a ready list 10.
    """
    return transition(
        "repair_index",
        keys,
        _flag(only_look=only_look),
        index,
        *ids,
        read=lambda ids: [text(i) for i in ids],
    )


def repair_turns(
    keys: Keys, campaigns: Sequence[str], *, only_look: bool = False
) -> Call[list[ReadyList]]:
    """Gives a turn to the ready lists of running campaigns that hold ids and have none.

    `""` stands for messages without a campaign. Answers the lists. At most 40 campaigns.
    """

    def read(answer: Reply) -> list[ReadyList]:
        words = [text(word) for word in answer]
        return [ReadyList(*words[i : i + 3]) for i in range(0, len(words), 3)]

    return transition("repair_turns", keys, _flag(only_look=only_look), *campaigns, read=read)


def repair_page(keys: Keys, roll: str, page: int, *, only_look: bool = False) -> Call[int]:
    """Takes from a page's count of archived ids what it has too much; answers how many."""
    return transition("repair_page", keys, _flag(only_look=only_look), roll, page, read=int)


def repair_count(
    keys: Keys, campaign: str, name: str, *, seen: int | None, right: int
) -> Call[bool]:
    """Corrects the count of a state, or `total`, of a campaign or (`""`) of the account.

    False where it is no longer what was `seen` when the records were counted; None is no number.
    """
    return transition(
        "repair_count",
        keys,
        campaign,
        name,
        "" if seen is None else seen,
        right,
        read=lambda answer: answer[0] == 1,
    )


def _flag(*, only_look: bool) -> str:
    return "1" if only_look else ""


def _told(names: Sequence[str], words: Reply) -> dict[str, str]:
    told = zip(names, map(text, words), strict=True)
    return {name: word for name, word in told if word}
