"""A reader that is quick and plain: what is tested with it is the counting, not the understanding."""

from contracts.voc import About
from voc.reading.about import Reader, Said


class FirstWords(Reader):
    """Of what callers say, the first word is the topic, every word a phrase, `!` a complaint; `구` ends a district."""

    def __init__(self) -> None:
        """Nothing is loaded."""

    def about(self, said: Said) -> About:
        lines = sorted((each.start_ms, each.utterance_id, each) for each in said.finals)
        heard = [each for _, _, each in lines if said.roles.get(each.channel, each.role) != "agent"]
        words = " ".join(each.text for each in heard).split()
        return About(
            contact_id=said.contact_id,
            at_ms=said.at_ms,
            kind=said.kind,
            simulated=said.simulated,
            topic=words[0] if words else "",
            district=next((word for word in words if word.endswith("구")), ""),
            complaint=tuple(word for word in words if "!" in word),
            phrases=tuple(words[:12]),
        )
