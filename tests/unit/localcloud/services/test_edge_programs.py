"""Configuration and wire forms of the edge's programs."""

import asyncio
from pathlib import Path

import pytest
from dnslib import QTYPE, RCODE, DNSRecord

from localcloud.programs.haproxy import Haproxy, current_sessions, map_text, workers
from localcloud.programs.task import TaskProgram, existing_ancestor
from localcloud.services.cloudfront import origins
from localcloud.services.cloudfront.model import Behaviour, Distribution, Origin
from localcloud.services.cloudfront.nginx import Edge, configuration, location, quoted
from localcloud.services.ecs import images
from localcloud.services.ecs.images import CannotPullError, Reference, parsed, pulled
from localcloud.services.route53.answer import Answer, Line
from localcloud.services.route53.dns import reply
from tests.local.localcloud.tiny_app import pack

PROC = """\
#<PID>          <type>          <reloads>       <uptime>        <version>
795             master          1 [failed: 0]   0d00h00m30s     2.6.12
# workers
901             worker          0               0d00h00m03s     2.6.12
# old workers
798             worker          1               0d00h00m30s     2.6.12
# programs
"""


def test_workers_are_told_apart() -> None:
    assert workers(PROC) == ([901], [798])


def test_current_sessions_of_a_server() -> None:
    statistics = "# pxname,svname,qcur,qmax,scur,smax\nblue,127.1.1.1:80,0,0,3,9\nblue,127.1.1.2:80,0,0,0,9\n"
    assert current_sessions(statistics, "blue", "127.1.1.1:80") == 3
    assert current_sessions(statistics, "blue", "127.1.1.9:80") == 0


def test_a_map_is_sorted_lines() -> None:
    assert map_text({"b": "2", "a": "1"}) == "a 1\nb 2\n"


ORIGIN = Origin("o", "origin.a.test", "", 443, True, 2, 2, 30, {"x-secret": 'a"$b'})
API = Behaviour("/api/*", "o", ["GET", "POST"], "https-only", "all")
DEFAULT = Behaviour("*", "o", ["GET", "HEAD"], "redirect-to-https", "nothing")
DISTRIBUTION = Distribution("E1", "d1.cloudfront.net", ["a.test"], [ORIGIN], [API, DEFAULT])
EDGE = Edge(
    Path("/run/edge"), "127.3.0.80", Path("/run/origins"), Path("/ca.pem"), {"E1": (Path("/c.pem"), Path("/c.key"))}
)


def test_the_edge_finds_its_origin_by_name_and_verifies_it() -> None:
    connecting = origins.configuration(Haproxy(Path("/run/origins")), [DISTRIBUTION], "127.3.0.53", 1)
    assert "nameserver dns 127.3.0.53:53" in connecting
    assert "bind unix@/run/origins/e1-0.sock" in connecting
    assert "server origin origin.a.test:443 resolvers instance" in connecting
    text = configuration(EDGE, [DISTRIBUTION])
    assert "server unix:/run/origins/e1-0.sock" in text
    assert 'proxy_pass "https://e1-0$asked_uri";' in text
    assert "proxy_ssl_name origin.a.test;" in text
    assert "proxy_ssl_verify on;" in text
    assert "proxy_connect_timeout 4s;" in text
    assert "proxy_next_upstream off;" in text


def test_the_viewer_s_host_is_forwarded_only_by_policy() -> None:
    api, _, default = configuration(EDGE, [DISTRIBUTION]).partition("location / {")
    assert "proxy_set_header Host $viewer_host_1;" in api
    assert "proxy_set_header Host origin.a.test;" in default
    assert '$asked_path";' in default


def test_custom_headers_are_literal() -> None:
    assert quoted('a"$b') == '"a\\"${dollar}b"'


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [("*", "/"), ("/api/*", '~ "^/api/.*$"'), ("img/?.png", '~ "^/img/.\\.png$"'), ('a"b', '~ "^/a\\"b$"')],
)
def test_path_patterns(pattern: str, expected: str) -> None:
    assert location(Behaviour(pattern, "o", ["GET"], "allow-all", "all")) == expected


def test_dns_answers_in_wire_form() -> None:
    question = DNSRecord.question("a.test", "A").pack()
    found = DNSRecord.parse(reply(question, lambda name, kind: Answer(True, [Line(name, kind, 1, "127.1.1.1")])))
    assert [(str(line.rdata), line.ttl, QTYPE[line.rtype]) for line in found.rr] == [("127.1.1.1", 1, "A")]


def test_dns_says_when_a_name_does_not_exist() -> None:
    question = DNSRecord.question("a.test", "A").pack()
    assert DNSRecord.parse(reply(question, lambda *_: Answer(False))).header.rcode == RCODE.NXDOMAIN


def test_dns_says_no_with_the_zone_s_soa_record() -> None:
    question = DNSRecord.question("nothing.a.test", "A").pack()
    soa = Line("a.test", "SOA", 1, "ns-1.awsdns-1.org. mail.amazon.com. 1 7200 900 1209600 86400")
    found = DNSRecord.parse(reply(question, lambda *_: Answer(exists=False, authority=soa)))
    (record,) = found.auth
    assert (str(record.rname), QTYPE[record.rtype], record.ttl) == ("a.test.", "SOA", 1)
    assert found.rr == []


def test_a_long_answer_over_udp_is_cut() -> None:
    question = DNSRecord.question("a.test", "A").pack()
    lines = [Line("a.test", "A", 1, f"127.1.1.{n}") for n in range(200)]
    assert DNSRecord.parse(reply(question, lambda *_: Answer(True, lines), 512)).header.tc


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("1.dkr.ecr.us-east-1.amazonaws.com/a/app@sha256:ff", Reference("a/app", "sha256:ff", None)),
        ("1.dkr.ecr.us-east-1.amazonaws.com/a/app:v1", Reference("a/app", None, "v1")),
        ("a/app", Reference("a/app", None, "latest")),
    ],
)
def test_image_names(name: str, expected: Reference) -> None:
    assert parsed(name) == expected


def test_an_image_is_unpacked_once(tmp_path: Path) -> None:
    digest = pack(tmp_path / "registry", "tiny", "v1")
    by_tag = asyncio.run(pulled(tmp_path / "registry", "tiny:v1", tmp_path / "images"))
    again = asyncio.run(pulled(tmp_path / "registry", f"tiny@{digest}", tmp_path / "images"))
    assert by_tag == again
    assert by_tag.command == ["python", "-m", "tiny"]
    assert (by_tag.root / "srv/app/tiny/__main__.py").is_file()
    assert len(list((tmp_path / "images").iterdir())) == 1


def test_tasks_that_start_at_once_unpack_their_image_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pack(tmp_path / "registry", "tiny", "v1")
    unpacked: list[Path] = []
    unpack = images._unpack

    async def counted(layout: Path, layers: list[str], root: Path, name: str) -> None:
        unpacked.append(root)
        await unpack(layout, layers, root, name)

    monkeypatch.setattr(images, "_unpack", counted)

    async def start() -> list[images.Image]:
        return await asyncio.gather(*(pulled(tmp_path / "registry", "tiny:v1", tmp_path / "images") for _ in range(4)))

    found = asyncio.run(start())
    assert len(unpacked) == 1
    assert found[1:] == found[:-1]


@pytest.mark.parametrize("name", ["tiny:v9", "tiny@sha256:00", "other:v1"])
def test_an_image_that_is_not_there_cannot_be_pulled(tmp_path: Path, name: str) -> None:
    pack(tmp_path / "registry", "tiny", "v1")
    with pytest.raises(CannotPullError):
        asyncio.run(pulled(tmp_path / "registry", name, tmp_path / "images"))


def test_a_task_s_interpreter_is_this_checkout_s() -> None:
    program = TaskProgram(
        ["python"], {"PATH": "/image"}, Path("/root"), "/srv/app", Path("/f"), "127.1.1.1", "127.3.0.53", Path("/ca")
    )
    assert program.host_name == "ip-127-1-1-1"
    assert not program.variables()["PATH"].startswith("/image")


def test_a_working_directory_needs_a_folder_above_it() -> None:
    assert existing_ancestor("/usr/nothing/here") == "/usr"
    with pytest.raises(ValueError, match="folder above"):
        existing_ancestor("/nothing/here")


def test_a_second_origin_is_asked_on_the_groups_statuses_and_headers_are_added() -> None:
    members = [
        Origin("east", "media-east.s3.us-east-1.amazonaws.com", "", 443, True, 2, 1, 30, {}, "us-east-1"),
        Origin("west", "b.test", "", 443, True, 2, 1, 30, {}),
    ]
    behaviour = Behaviour(
        "/media/*",
        "east",
        ["GET", "HEAD"],
        "https-only",
        "nothing",
        "west",
        [404, 502],
        {"X-Frame-Options": ("DENY", True), "Content-Security-Policy": ("default-src 'self'", False)},
    )
    text = configuration(EDGE, [Distribution("E1", "e1.cloudfront.net", [], members, [behaviour], "index.html")])
    first, _, second = text.partition("location @second_1_1 {")
    assert "error_page 404 502 = @second_1_1;" in first
    assert "Credential=edge/20260101/us-east-1/s3/aws4_request" in first
    assert 'proxy_pass "https://e1-1$asked_path";' in second
    assert 'proxy_set_header Authorization "";' in second
    assert 'add_header X-Frame-Options "DENY" always;' in first
    assert "proxy_hide_header X-Frame-Options;" in first
    assert "proxy_hide_header Content-Security-Policy;" not in first
    assert 'rewrite ^ "/index.html" last;' in first
