"""How a site runs its chats: hours, queues, limits, words. Values only; `site.yaml` is where they are written."""

from collections.abc import Callable
from dataclasses import dataclass, field

from chat_gateway.limits import Amounts
from contracts.chat_http import CannedAnswer, ChatLinks, ChatTopic
from contracts.event import Language

Spans = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Sentence:
    """What the system says."""

    ko: str
    en: str


@dataclass(frozen=True, slots=True)
class AgentRule:
    """What a member of staff can do; empty: everything."""

    skills: tuple[str, ...] = ()
    languages: tuple[Language, ...] = ()
    capacity: int | None = None


@dataclass(frozen=True, slots=True)
class Rules:
    """Read once at start."""

    name: Sentence
    links: ChatLinks
    topics: tuple[ChatTopic, ...]
    greeting: Sentence
    after_hours: Sentence
    agent_lost: Sentence
    idle_warning: Sentence
    resting: Sentence
    emergency: Sentence
    hours_text: Sentence
    is_open: Callable[[int], bool]
    """Wall time in ms → within the hours."""
    emergency_words: Callable[[str], tuple[str, ...]]
    """Words of an emergency in a text, as they stand there; empty: none."""
    profanity: Callable[[str], Spans]
    """Start and end, in code points."""
    canned: tuple[CannedAnswer, ...] = ()
    greeting_replies: tuple[str, ...] = ()
    stay_reply: str = "계속할게요"
    """The one key that extends."""
    capacity: int = 3
    """Conversations of an agent at once, unless the agent chose another number."""
    weights: dict[str, float] = field(default_factory=dict)
    """Channel → how much of the capacity a conversation takes; 1 where nothing is said."""
    idle_warn_s: float = 300.0
    """A citizen who is to answer and does not is warned after this, and rests after as much again."""
    rest_end_s: float = 24 * 3600.0
    """A resting conversation ends."""
    agent_lost_s: float = 20.0
    """An agent's page that is gone for so long has lost its conversations."""
    guides: int = 3
    """Offered while waiting, at most."""
    agents: dict[str, AgentRule] = field(default_factory=dict)
    """Staff id → what they can do; who is not named can do everything."""
    limits: Amounts = field(default_factory=Amounts)
    """Against abuse."""
