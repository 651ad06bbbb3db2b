"""What the journals of all servers have, compared with what clients have received."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from netchat.admin.stored import journal_in, open_for_reading
from netchat.journal.sqlite.records import stored_records
from netchat.model.names import match_keys
from netchat.state.site_records import Presence
from tests.torture.cluster.clients import ROOMS
from tests.torture.cluster.ledger import SiteLedger
from tests.torture.figures import Figure, all_zero, at_least, reported
from tests.torture.server_process import stored


def of_lines(ledger: SiteLedger, directories: Sequence[Path]) -> list[Figure]:
    """Return how the lines in `directories` differ from those in `ledger`, and from a count."""
    counts: Counter[str] = Counter()
    total = 0
    for directory in directories:
        kept: dict[tuple[str, int], str] = {}
        texts: Counter[str] = Counter()
        for room in ROOMS:
            rows = stored(directory, room)
            kept.update({(room, id): text for id, text in rows})
            texts.update(text for _, text in rows)
            counts["ids that are not 1..n"] += sum(
                id != number for number, (id, _) in enumerate(rows, start=1)
            )
        total = len(kept)
        counts["acknowledged and lost"] += sum(
            kept.get(place) != text for text, place in ledger.acknowledged.items()
        )
        counts["stored twice"] += sum(count - 1 for count in texts.values())
        counts["received and missing"] += sum(
            kept.get(place) != text for place, text in ledger.seen.items()
        )
    return [
        at_least("lines acknowledged", 1, len(ledger.acknowledged)),
        reported("lines stored", total),
        *all_zero(counts),
    ]


def held_twice(directories: Iterable[Path]) -> list[str]:
    """Return the names that two guests hold, or that look like another one, in any journal."""
    found = set()
    for directory in directories:
        with open_for_reading(journal_in(directory)) as connection:
            held = [
                record.name
                for _, _, record in stored_records(connection)
                if isinstance(record, Presence) and record.holds
            ]
        keys = Counter(key for name in held for key in match_keys(name))
        found |= {key for key, count in keys.items() if count > 1}
    return sorted(found)
