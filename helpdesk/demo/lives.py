"""The lives of the demo's tickets: planned from one seed, told through the actions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from helpdesk.demo import cast, stories_en, stories_vi, stories_zh
from helpdesk.demo.customers import WRITERS, Writer
from helpdesk.demo.story import Story

SEED = 20260301
STORIES = {
    "en": stories_en.STORIES,
    "vi": stories_vi.STORIES,
    "zh-hans": stories_zh.SIMPLIFIED,
    "zh-hant": stories_zh.TRADITIONAL,
}
LANGUAGES = ("en", "vi", "en", "zh-hans", "vi", "en", "zh-hant", "vi", "en", "en")
# how a ticket stands today: (share of a hundred, earliest and latest begin in hours before now)
STATES = {
    "closed": (16, 2400, 480),
    "solved": (27, 300, 20),
    "on_hold": (5, 160, 30),
    "pending": (17, 120, 6),
    "open": (25, 70, 2),
    "new": (8, 5, 0.1),
    "spam": (2, 200, 10),
}
AGENTS = {
    cast.CARDS: ("linh", "amelia", "xiaomei", "priya", "linh"),
    cast.DIGITAL: ("tuananh", "priya", "xiaomei", "weijie"),
    cast.LENDING: ("jonas", "kaiying", "weijie"),
    cast.PREMIER: ("kaiying", "amelia"),
}


@dataclass(frozen=True)
class Plan:
    """One ticket before it happens."""

    number: int
    writer: Writer
    story: Story
    state: str
    begun: datetime
    agent: str
    words: dict[str, str]
    stop: int  # how many turns of the story have happened
    pace: float  # hours between turns


def plans(total: int, now: datetime) -> list[Plan]:
    """Return the tickets of the demo, the same on every machine but for the time of day."""
    random = Random(SEED)  # noqa: S311  # a story, not a secret
    states = [state for state, (share, *_hours) in STATES.items() for _ in range(round(share * total / 100))]
    states = (states + ["open"] * total)[:total]
    random.shuffle(states)
    return [_plan(number, state, now, random) for number, state in enumerate(states)]


def _plan(number: int, state: str, now: datetime, random: Random) -> Plan:
    language = LANGUAGES[number % len(LANGUAGES)]
    writers = [writer for writer in WRITERS if writer.language == language]
    stories = STORIES[language]
    story = stories[(number // len(LANGUAGES) * 3 + number) % len(stories)]
    writer = random.choice(writers)
    _share, earliest, latest = STATES[state]
    hours = random.uniform(latest, earliest) if state != "new" else random.uniform(latest, earliest) ** 1.3
    stop = _stop(story, state, random)
    span = hours * 0.9 if state in ("open", "pending", "on_hold") else min(hours * 0.8, 60)
    return Plan(
        number=number,
        writer=writer,
        story=story,
        state=state,
        begun=now - timedelta(hours=hours),
        agent=random.choice(AGENTS[story.team]),
        words={
            "card": f"{random.randrange(1000, 9999)}",
            "amount": _amount(language, random),
            "ref": f"DSP-{random.randrange(20000, 29999)}",
            "name": writer.name,
        },
        stop=stop,
        pace=span / max(stop, 1),
    )


def _stop(story: Story, state: str, random: Random) -> int:
    """An open ticket waits for us, a pending one for the customer; solved ones have been told to the end."""
    turns = story.turns
    if state in ("solved", "closed"):
        return len(turns)
    if state in ("new", "spam"):
        return 1
    ends_with = {"pending": "a", "on_hold": "a", "open": "c"}[state]
    ends = [number for number, (who, _text) in enumerate(turns, 1) if who == ends_with]
    if state == "open" and len(ends) > 1 and turns[ends[-1] - 1] is turns[-1]:
        ends = ends[:-1]  # the last word is a thank-you: nothing would be left to do
    return random.choice(ends)


def _amount(language: str, random: Random) -> str:
    number = random.randrange(40, 900)
    if language == "vi":
        return f"{number * 10_000:,} đồng".replace(",", ".")
    return {"en": f"${number}.40", "zh-hans": f"{number * 10} 元", "zh-hant": f"新台幣 {number * 10} 元"}[
        language
    ]
