"""What stands on one page of the display, before any pixel: the one model of both sizes and of the text for those who cannot see.

Invariants: the lines are the signer's own, folded in `pages`, never broken or shortened here; every word that a display draws is
in `as_text`, and in the same order.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass

from firmware_bridge.signer.screens import Screen


class Environment(enum.Enum):
    """Of the network and the build; what is not production is said on every page."""

    PRODUCTION = "production"
    TRAINING = "training"
    TEST = "test"


@dataclass(frozen=True, slots=True)
class Words:
    """The display's own words in one language.

    Attributes:
        no: on the button that declines.
        back: on the button that turns back.
        onward: on the button that turns to the next page.
        sign: on the button that signs, on the last page.
        unlock: on the button that hands over a PIN.
        close: on the only button of a message.
        training: on the banner of the training environment.
        test: on the banner of the test environment.
        on_this_computer: on the banner of a display that is a window.
        nothing: while nothing is asked.
    """

    no: str = "No"
    back: str = "Back"
    onward: str = "Next"
    sign: str = "Sign"
    unlock: str = "Unlock"
    close: str = "Close"
    training: str = "TRAINING"
    test: str = "TEST"
    on_this_computer: str = "Shown on this computer"
    nothing: str = "Nothing to sign."


class Asks(enum.Enum):
    """What the button on the right does."""

    TURN = "turn"
    SIGN = "sign"
    PIN = "pin"
    # A message: nothing is decided.
    CLOSE = "close"
    # Nothing is asked, and there is no button.
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Page:
    """One page.

    Attributes:
        title: what is being done.
        label: what the value is.
        lines: of the value, as folded.
        number: of the row, from 1.
        count: of the rows.
        part: which page of the value, from 1.
        parts: pages of the value.
        no: word of the button on the left; empty where there is none.
        back: word of the button that turns back; empty where there is none.
        onward: word of the button on the right.
        asks: what that button does.
        environment: whose banner is shown.
        environment_word: on that banner; empty in production.
        place: on the banner of a display that is a window; empty on a device of its own.
        typed: characters of a PIN that were entered; None where none is asked for.
    """

    title: str
    label: str
    lines: tuple[str, ...]
    number: int
    count: int
    part: int
    parts: int
    no: str
    back: str
    onward: str
    asks: Asks
    environment: Environment
    environment_word: str
    place: str
    typed: int | None = None

    @property
    def of_all(self) -> str:
        """Which row this is, of how many; empty on a message."""
        return f"{self.number}/{self.count}" if self.asks in (Asks.TURN, Asks.SIGN) else ""

    @property
    def of_value(self) -> str:
        """Which part of the value this is; empty where there is only one."""
        return "" if self.parts == 1 else f"{self.part}/{self.parts}"

    @property
    def last(self) -> bool:
        """Whether something is decided here."""
        return self.asks is not Asks.TURN

    def as_text(self) -> str:
        """Give the page as lines of text, from top to bottom."""
        typed = [] if self.typed is None else [f"{self.typed} *"]
        head = [self.environment_word, self.place, _joined(self.title, self.of_all), _joined(self.label, self.of_value)]
        buttons = [word for word in (self.no, self.back, self.onward) if word]
        lines = [*head, *self.lines, *typed, " | ".join(buttons)]
        return "\n".join(line for line in lines if line)


def _joined(*words: str) -> str:
    return "  ".join(word for word in words if word)


@dataclass(frozen=True, slots=True)
class Setting:
    """What is the same on every page of a display.

    Attributes:
        words: in the language of the person.
        environment: of the build.
        on_this_computer: whether the display is a window.
    """

    words: Words
    environment: Environment
    on_this_computer: bool

    @property
    def environment_word(self) -> str:
        """The word on the environment's banner."""
        said = {Environment.TRAINING: self.words.training, Environment.TEST: self.words.test}
        return said.get(self.environment, "")


def page_of(
    screen: Screen, setting: Setting, asks: Asks, *, number: int = 1, count: int = 1, first: bool = False,
    typed: int | None = None,
) -> Page:  # fmt: skip
    """Give the page that shows one page of a screen.

    Args:
        screen: of the signer, with its page.
        setting: of the display.
        asks: what the button on the right does.
        number: of the row, from 1.
        count: of all rows.
        first: whether there is no page before it.
        typed: characters of a PIN that were entered.
    """
    words = setting.words
    onward = {
        Asks.TURN: words.onward, Asks.SIGN: words.sign, Asks.PIN: words.unlock, Asks.CLOSE: words.close, Asks.NOTHING: "",
    }[asks]  # fmt: skip
    return Page(
        title=screen.title,
        label=screen.label,
        lines=screen.lines,
        number=number,
        count=count,
        part=screen.page,
        parts=screen.pages,
        no=words.no if asks in (Asks.TURN, Asks.SIGN, Asks.PIN) else "",
        back=words.back if asks in (Asks.TURN, Asks.SIGN) and not first else "",
        onward=onward,
        asks=asks,
        environment=setting.environment,
        environment_word=setting.environment_word,
        place=words.on_this_computer if setting.on_this_computer else "",
        typed=(typed or 0) if asks is Asks.PIN else None,
    )


def idle_page(setting: Setting) -> Page:
    """Give the page that stands while nothing is asked."""
    return page_of(Screen("Chancery", "", setting.words.nothing), setting, Asks.NOTHING)
