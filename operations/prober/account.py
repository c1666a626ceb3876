"""The test account under which probers write: made through the public API, like a user's."""

import secrets

import msgspec


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """A user of the public API. The password does not show in `repr`."""

    username: str
    email: str
    password: str

    def __repr__(self) -> str:
        return f"Account(username={self.username!r})"


def new_account(run_id: str) -> Account:
    """Return an account that nobody else has: its name carries the run's id."""
    name = f"prober-{run_id}-{secrets.token_hex(3)}"
    return Account(username=name, email=f"{name}@prober.breiq.test", password=secrets.token_urlsafe(24))
