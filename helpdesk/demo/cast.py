"""Who works at Northquay Bank's desk, and in which teams."""

from __future__ import annotations

from dataclasses import dataclass

DOMAIN = "northquay.example"
PASSWORD = "northquay demo"  # noqa: S105  # printed at start: the demo hides nothing
SUPPORT = f"support@{DOMAIN}"
CORPORATE = f"corporate@{DOMAIN}"

CARDS, DIGITAL, LENDING, PREMIER = "Cards & Payments", "Digital banking", "Lending", "Premier desk"
TEAMS = {
    CARDS: "Cards, transfers, fees and disputes",
    DIGITAL: "The app, online banking and sign-in",
    LENDING: "Mortgages, loans and limits",
    PREMIER: "Premier and corporate customers",
}


@dataclass(frozen=True)
class Person:
    """One who signs in."""

    key: str
    name: str
    role: str
    teams: tuple[str, ...]
    language: str = "en"
    time_zone: str = "Asia/Singapore"
    capacity: float = 6
    state: str = "offline"
    signature: str = ""

    @property
    def email(self) -> str:
        return f"{self.key}@{DOMAIN}"


# Those shown at the start have room left, so that a first mail reaches whoever signs in.
PEOPLE = (
    Person("mara", "Mara Whitlock", "administrator", tuple(TEAMS), "en", "Europe/London", 4),
    Person("thuha", "Đặng Thu Hà", "supervisor", (CARDS, DIGITAL), "vi", "Asia/Ho_Chi_Minh", 4),
    Person("sofia", "Sofia Costa", "supervisor", (LENDING, PREMIER), "en", "Europe/Lisbon", 4),
    Person("linh", "Linh Trần", "agent", (CARDS,), "en", "Asia/Ho_Chi_Minh", 30, "online", "Linh Trần"),
    Person("amelia", "Amelia Grant", "senior", (CARDS, PREMIER), "en", "Europe/London", 20, "online"),
    Person("xiaomei", "王晓梅", "agent", (CARDS, DIGITAL), "zh-hans", "Asia/Shanghai", 8, "busy"),
    Person("kaiying", "林凱盈", "senior", (PREMIER, LENDING), "zh-hant", "Asia/Hong_Kong", 8, "online"),
    Person("tuananh", "Phạm Tuấn Anh", "agent", (DIGITAL,), "vi", "Asia/Ho_Chi_Minh", 8, "online"),
    Person("priya", "Priya Nair", "senior", (CARDS, DIGITAL), "en", "Asia/Singapore", 8, "busy"),
    Person("jonas", "Jonas Okafor", "agent", (LENDING,), "en", "Europe/London", 8, "away"),
    Person("weijie", "Koh Wei Jie", "agent", (DIGITAL, LENDING), "en", "Asia/Singapore", 8),
    Person("elif", "Elif Şahin", "light", (CARDS, LENDING), "en", "Europe/Istanbul", 0),
)  # fmt: skip
SHOWN_SIGN_INS = tuple(
    next(person for person in PEOPLE if person.key == key) for key in ("linh", "amelia", "thuha", "mara")
)
