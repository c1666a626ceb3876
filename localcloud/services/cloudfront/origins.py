"""The edge's way to its origins: a HAProxy that only connects, to wherever the instance's DNS says an origin is now.

nginx (as packaged) can either find a server by name at run time or keep connections to it, not both: each request would
cost a TLS handshake (1.6 ms, measured 2026-11-23). So nginx keeps connections, each for a second at most, to a socket
here, and TLS goes through untouched.
"""

from collections.abc import Sequence
from functools import cache

from jinja2 import Environment, StrictUndefined, Template

from localcloud.programs.haproxy import Haproxy
from localcloud.services.cloudfront.model import Distribution, Origin

_CONFIGURATION = """\
global
    stats socket {{ haproxy.socket }} mode 600 level admin expose-fd listeners
    nbthread 1
    maxconn 4000
    hard-stop-after 15m

resolvers instance
    nameserver dns {{ dns }}:53
    accepted_payload_size 1232
    timeout resolve {{ hold_ms }}ms
    timeout retry 500ms
    hold valid {{ hold_ms }}ms
    hold obsolete 0
    hold nx 10s
    hold other 60s
    hold refused 60s
    hold timeout 60s

defaults
    mode tcp
{% for distribution in distributions %}
{% for origin in distribution.origins %}

listen {{ origin_name(distribution, origin) }}
    bind unix@{{ haproxy.directory }}/{{ origin_name(distribution, origin) }}.sock mode 600
    timeout connect {{ origin.connect_s }}s
    retries {{ origin.attempts - 1 }}
    timeout client {{ origin.read_s + 60 }}s
    timeout server {{ origin.read_s + 60 }}s
    server origin {{ origin.domain }}:{{ origin.port }} resolvers instance resolve-prefer ipv4 init-addr none
{% endfor %}
{% endfor %}
"""


def configuration(haproxy: Haproxy, distributions: Sequence[Distribution], dns: str, ttl_s: float) -> str:
    """Return the configuration; a changed address is followed within half the TTL (at least 0.5 s)."""
    hold_ms = max(500, int(ttl_s * 500))
    return _template().render(
        haproxy=haproxy, distributions=distributions, dns=dns, hold_ms=hold_ms, origin_name=origin_name
    )


@cache
def _template() -> Template:
    environment = Environment(  # noqa: S701 - HAProxy's configuration is no HTML; all values are names and numbers
        trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True, undefined=StrictUndefined
    )
    return environment.from_string(_CONFIGURATION)


def origin_name(distribution: Distribution, origin: Origin) -> str:
    """Return the name of an origin of a distribution, fit for configurations and file names."""
    place = [each.id for each in distribution.origins].index(origin.id)
    return f"{distribution.id.lower()}-{place}"
