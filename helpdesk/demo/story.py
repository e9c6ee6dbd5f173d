"""What a story is: one matter that customers write about, turn by turn."""

from __future__ import annotations

from dataclasses import dataclass

LOW, NORMAL, HIGH, URGENT = 1, 2, 3, 4


@dataclass(frozen=True)
class Story:
    """`turns` are (who, text): c the customer, a an agent, n a note among agents.

    Texts name {card}, {amount}, {name} (the customer), {me} (the agent), {ref}.
    """

    team: str
    type: str
    priority: int
    tags: tuple[str, ...]
    subject: str
    turns: tuple[tuple[str, str], ...]
    file: str = ""  # the name of a file that came with the first message
