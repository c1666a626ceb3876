"""Distributions as the edge sees them."""

from typing import Literal

import msgspec


class Origin(msgspec.Struct, frozen=True):
    """Where requests go; `headers` are added to each of them. `signed`: the region of a bucket that takes no others."""

    id: str
    domain: str
    path: str
    port: int
    tls: bool
    connect_s: int
    attempts: int
    read_s: int
    headers: dict[str, str]
    signed: str = ""


class Behaviour(msgspec.Struct, frozen=True):
    """What happens with a path pattern. `forward`: what of the viewer's request the origin sees; `anonymous`: all but
    cookies and authorization. `second` is asked where the origin answers with one of `fails_over_on`; `headers` are
    added to each answer, in place of the origin's own where the value is `(value, True)`.
    """

    pattern: str
    origin: str
    methods: list[str]
    viewer: Literal["allow-all", "https-only", "redirect-to-https"]
    forward: Literal["all", "all-but-host", "anonymous", "nothing"]
    second: str = ""
    fails_over_on: list[int] = []
    headers: dict[str, tuple[str, bool]] = {}


class Distribution(msgspec.Struct, frozen=True):
    """A distribution; the last behaviour is the default one (pattern `*`)."""

    id: str
    domain: str
    aliases: list[str]
    origins: list[Origin]
    behaviours: list[Behaviour]
    root: str = ""


class State(msgspec.Struct, frozen=True):
    """All enabled distributions."""

    distributions: list[Distribution]
