"""Writes storage as Solidity's documentation lays it out: a second model, made from the manual and not from our readers.

Sources: "Layout of State Variables in Storage" of the Solidity manual: mappings h(k) . p, dynamic arrays at keccak(p), byte
strings of up to 31 bytes in place with twice the length in the last byte, longer ones with twice the length plus one.
"""

from __future__ import annotations

from lightnode.wire.keccak import keccak256

SIZE = 2**256


def _number(content: bytes) -> int:
    return int.from_bytes(content, "big")


class SolidityWriter:
    """The storage of one contract.

    Attributes:
        words: those that are not zero.
    """

    def __init__(self) -> None:
        self.words: dict[int, int] = {}

    def store(self, slot: int, value: int | bool | bytes) -> None:
        """Store a word; zero is no entry."""
        word = _number(value) if isinstance(value, bytes) else int(value)
        if word:
            self.words[slot % SIZE] = word
        else:
            self.words.pop(slot % SIZE, None)

    def load(self, slot: int) -> int:
        """Load a word."""
        return self.words.get(slot % SIZE, 0)

    @staticmethod
    def data_of(slot: int) -> int:
        """Where the content of what stands dynamically at a slot begins."""
        return _number(keccak256(slot.to_bytes(32, "big")))

    @staticmethod
    def at_word(slot: int, key: int | bytes) -> int:
        """Entry of a mapping whose key is a value type."""
        padded = key.to_bytes(32, "big") if isinstance(key, int) else key if len(key) == 32 else bytes(12) + key
        return _number(keccak256(padded + slot.to_bytes(32, "big")))

    @staticmethod
    def at_bytes(slot: int, key: str | bytes) -> int:
        """Entry of a mapping whose key is a string or bytes."""
        raw = key.encode("utf-8") if isinstance(key, str) else key
        return _number(keccak256(raw + slot.to_bytes(32, "big")))

    def store_bytes(self, slot: int, content: str | bytes) -> None:
        """Store a byte string, clearing what an older one left."""
        raw = content.encode("utf-8") if isinstance(content, str) else content
        head = self.load(slot)
        if head & 1:
            for index in range((head // 2 + 31) // 32):
                self.store(self.data_of(slot) + index, 0)
        if len(raw) < 32:
            self.store(slot, raw + bytes(31 - len(raw)) + bytes([2 * len(raw)]))
            return
        self.store(slot, 2 * len(raw) + 1)
        for index in range(0, len(raw), 32):
            self.store(self.data_of(slot) + index // 32, raw[index : index + 32].ljust(32, b"\0"))

    def load_bytes(self, slot: int) -> bytes:
        """Load a byte string."""
        head = self.load(slot)
        if not head & 1:
            return head.to_bytes(32, "big")[: (head & 0xFF) // 2]
        size = head // 2
        words = [self.load(self.data_of(slot) + at).to_bytes(32, "big") for at in range((size + 31) // 32)]
        return b"".join(words)[:size]

    def push(self, array: int, width: int = 1) -> int:
        """Make an array longer by one element and give the element's first slot."""
        count = self.load(array)
        self.store(array, count + 1)
        return (self.data_of(array) + count * width) % SIZE
