"""A distribution that the edge's programs refuse keeps its last good configuration and holds no other up."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from localcloud.core.certificates import Authority
from localcloud.services.cloudfront.isolation import Isolation
from localcloud.services.cloudfront.limits import problem
from localcloud.services.cloudfront.model import Behaviour, Distribution, Origin
from localcloud.services.cloudfront.nginx import Edge, configuration
from tests.local.localcloud.listed.network import distribution

BAD = "bad"


def made(identity: str, root: str = "good") -> Distribution:
    return Distribution(identity, f"{identity}.cloudfront.net", [], [], [], root)


class Programs:
    """Refuse every set in which a distribution's root is bad; count how often they are asked."""

    def __init__(self) -> None:
        self.asked = 0

    async def __call__(self, distributions: Sequence[Distribution]) -> str | None:
        self.asked += 1
        return next((f"{each.id} is bad" for each in distributions if each.root.startswith(BAD)), None)


def choose(
    isolation: Isolation, programs: Programs, *wanted: Distribution
) -> tuple[list[Distribution], dict[str, str]]:
    return asyncio.run(isolation.choose(wanted, programs))


def test_what_all_programs_take_runs_and_is_looked_at_once() -> None:
    isolation, programs = Isolation(), Programs()
    for _ in range(3):
        assert choose(isolation, programs, made("a"), made("b")) == ([made("a"), made("b")], {})
    assert programs.asked == 1


def test_one_that_is_refused_keeps_what_was_good_and_the_others_change() -> None:
    isolation, programs = Isolation(), Programs()
    choose(isolation, programs, made("a"), made("b"))
    wanted = (made("a", BAD), made("b", "new"), made("c"), made("d", BAD))
    accepted, refused = choose(isolation, programs, *wanted)
    assert accepted == [made("a"), made("b", "new"), made("c")]
    assert refused == {"a": "a is bad", "d": "d is bad"}
    asked = programs.asked
    assert choose(isolation, programs, *wanted) == (accepted, refused)
    assert programs.asked == asked


def test_it_runs_as_wanted_once_it_is_put_right_and_is_gone_when_it_is_deleted() -> None:
    isolation, programs = Isolation(), Programs()
    choose(isolation, programs, made("a"), made("b", BAD))
    assert choose(isolation, programs, made("a"), made("b", "new")) == ([made("a"), made("b", "new")], {})
    choose(isolation, programs, made("a", BAD), made("b", "new"))
    assert choose(isolation, programs, made("b", "new")) == ([made("b", "new")], {})


CONFIG = distribution("x")
BEHAVIOUR, ORIGIN = CONFIG["DefaultCacheBehavior"], CONFIG["Origins"]["Items"][0]


def listed(*items: Any) -> dict[str, Any]:
    return {"Quantity": len(items), "Items": list(items)}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({}, None),
        ({"Aliases": listed("*.a.test", "a.test")}, None),
        ({"Aliases": listed("a.test; return 200")}, "InvalidArgument"),
        ({"DefaultRootObject": "index.html"}, None),
        ({"DefaultRootObject": "/index.html"}, "InvalidDefaultRootObject"),
        ({"DefaultRootObject": "x last; return 200"}, "InvalidDefaultRootObject"),
        ({"Comment": "two\nlines"}, "InvalidArgument"),
        ({"CacheBehaviors": listed({**BEHAVIOUR, "PathPattern": "/a*/?.png"})}, None),
        ({"CacheBehaviors": listed({**BEHAVIOUR, "PathPattern": "/a{b}"})}, "InvalidArgument"),
        ({"CacheBehaviors": listed({**BEHAVIOUR, "PathPattern": "/a", "TargetOriginId": "other"})}, "NoSuchOrigin"),
        ({"Origins": listed({**ORIGIN, "OriginPath": "/v1"})}, None),
        ({"Origins": listed({**ORIGIN, "OriginPath": "v1;"})}, "InvalidArgument"),
        ({"Origins": listed({**ORIGIN, "DomainName": "a b"})}, "InvalidArgument"),
        ({"Origins": listed({**ORIGIN, "CustomHeaders": listed({"HeaderName": "x y", "HeaderValue": "z"})})}, "InvalidArgument"),
        ({"Origins": listed({**ORIGIN, "CustomHeaders": listed({"HeaderName": "x", "HeaderValue": "a\r\nb"})})}, "InvalidArgument"),
    ],
)  # fmt: skip
def test_what_cloudfront_refuses_is_refused(change: dict[str, Any], code: str | None) -> None:
    found = problem({**CONFIG, **change})
    assert (found[0] if found else None) == code


ALLOWED = st.text("abc019_.*$/~\"'@:+&?-", min_size=1, max_size=12)


@pytest.fixture(scope="module")
def edge(tmp_path_factory: pytest.TempPathFactory) -> Edge:
    folder = tmp_path_factory.mktemp("edge")
    authority = Authority(folder / "ca")
    certificate = authority.certificate(["e1.test"])
    return Edge(folder, "127.0.0.1", folder, authority.ca_file, {"E1": certificate})


@settings(max_examples=15, deadline=None)
@given(pattern=ALLOWED, root=st.text("ab._*$~\"'-", max_size=8), value=st.text("ab \"'\\${};#", max_size=12))
def test_nginx_takes_every_text_that_cloudfront_takes(edge: Edge, pattern: str, root: str, value: str) -> None:
    origin = Origin("o", "o.test", '/a$"b', 443, True, 2, 1, 30, {"x-secret": value})
    behaviours = [Behaviour(pattern, "o", ["GET"], "allow-all", "all") for _ in range(pattern != "*")]
    behaviours.append(Behaviour("*", "o", ["GET"], "allow-all", "nothing"))
    wanted = [Distribution("E1", "e1.test", ["a" * 60 + ".test"], [origin], behaviours, root)]
    text = configuration(edge, wanted).replace("127.0.0.1:80", "127.0.0.1:18080")  # low ports need rights
    assert asyncio.run(edge.complaint(text.replace("127.0.0.1:443", "127.0.0.1:18443"))) is None
