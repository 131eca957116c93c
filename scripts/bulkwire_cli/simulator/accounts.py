"""Who may call, and what it costs."""

from hashlib import sha256

from bulkwire_cli.simulator.scenario import Account

__all__ = ["Accounts"]


class Accounts:
    """The keys that are let in, and one balance for all of them."""

    __slots__ = ("_names", "balance", "settings")

    def __init__(self, settings: Account) -> None:
        self.settings = settings
        self.balance = settings.balance
        self._names: dict[str, str] = {}

    def name(self, key: str | None) -> str | None:
        """A name for the account of a key, which does not give the key away; None: not let in."""
        if not key or key in self.settings.bad_keys:
            return None
        if self.settings.keys and key not in self.settings.keys:
            return None
        name = self._names.get(key)
        if name is None:
            name = self._names[key] = sha256(key.encode()).hexdigest()[:12]
        return name

    def can_pay(self, messages: int) -> bool:
        """The balance suffices for so many messages."""
        # Prices are not exact in binary; half a cent's hundredth must not refuse the last message.
        return self.balance is None or self.balance + 1e-9 >= messages * self.settings.price

    def pay(self) -> bool:
        """Charge one message; False and nothing charged where the balance does not suffice."""
        if self.balance is None:
            return True
        if not self.can_pay(1):
            return False
        # What binary fractions leave over would be a balance above zero.
        self.balance = round(self.balance - self.settings.price, 9)
        return True
