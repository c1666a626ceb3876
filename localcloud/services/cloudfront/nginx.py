"""nginx as the edge: the configuration of all distributions (pure), and how it is started and reloaded."""

import asyncio
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from jinja2 import Environment, StrictUndefined, Template

from localcloud.core.keys import EDGE
from localcloud.services.cloudfront.model import Behaviour, Distribution, Origin
from localcloud.services.cloudfront.origins import origin_name

LONGEST_CONNECT_S = 75
"""nginx's own limit."""

_CONFIGURATION = """\
daemon off;
user root;
worker_processes 1;
pid {{ edge.directory }}/nginx.pid;
error_log stderr warn;
events { worker_connections 4096; }
http {
    access_log off;
    server_tokens off;
    merge_slashes off;
    client_max_body_size 0;
    client_body_temp_path {{ edge.directory }}/body;
    proxy_temp_path {{ edge.directory }}/proxy;
    fastcgi_temp_path {{ edge.directory }}/unused;
    uwsgi_temp_path {{ edge.directory }}/unused;
    scgi_temp_path {{ edge.directory }}/unused;
    server_names_hash_bucket_size 512;
    map_hash_bucket_size 512;
    keepalive_requests 1000000;
    ssl_protocols TLSv1.2 TLSv1.3;
    ssl_session_cache shared:viewers:1m;
    proxy_http_version 1.1;
    proxy_request_buffering off;
    proxy_max_temp_file_size 0;
    proxy_next_upstream off;
    proxy_ssl_server_name on;
    proxy_ssl_verify on;
    proxy_ssl_verify_depth 3;
    proxy_ssl_trusted_certificate {{ edge.ca_file }};
    geo $dollar { default "$"; }
    map $request_uri $request_path { "~^(?<path>[^?]*)" $path; }
{% for distribution in distributions %}
{% set number = loop.index %}
{% for origin in distribution.origins %}

    upstream {{ origin_name(distribution, origin) }} {
        server unix:{{ edge.origins }}/{{ origin_name(distribution, origin) }}.sock max_fails=0;
        keepalive 64;
        keepalive_time 1s;
        keepalive_timeout 2s;
        keepalive_requests 10000;
    }
{% endfor %}

    map $host $known_{{ number }} {
        hostnames;
        default 0;
        {{ edge.address }} 1;
{% for name in names(distribution) %}
        {{ name }} 1;
{% endfor %}
    }
    map $host $viewer_host_{{ number }} {
        default $host;
        {{ edge.address }} {{ names(distribution)[0] }};
    }
    server {
        listen {{ edge.address }}:80{{ " default_server" if loop.first }};
        listen {{ edge.address }}:443 ssl http2{{ " default_server" if loop.first }};
        server_name {{ names(distribution) | join(" ") }};
        ssl_certificate {{ edge.certificates[distribution.id][0] }};
        ssl_certificate_key {{ edge.certificates[distribution.id][1] }};
        if ($known_{{ number }} = 0) { return 403; }
        set $asked_uri $request_uri;
        set $asked_path $request_path;
{% if distribution.root %}
        location = / {
            set $asked_uri "/{{ literal(distribution.root) }}$is_args$args";
            set $asked_path "/{{ literal(distribution.root) }}";
            rewrite ^ "/{{ literal(distribution.root) }}" last;
        }
{% endif %}
{% for behaviour in distribution.behaviours %}
        location {{ location(behaviour) }} {
{% if behaviour.viewer == "redirect-to-https" %}
            if ($scheme = http) { return 301 https://$host$request_uri; }
{% elif behaviour.viewer == "https-only" %}
            if ($scheme = http) { return 403; }
{% endif %}
            if ($request_method !~ ^({{ behaviour.methods | join("|") }})$) { return 403; }
{% for line in origin_lines(edge, distribution, behaviour, "$viewer_host_%d" % number, behaviour.origin) %}
            {{ line }}
{% endfor %}
{% if behaviour.second %}
            proxy_intercept_errors on;
            error_page {{ behaviour.fails_over_on | join(" ") }} = @second_{{ number }}_{{ loop.index }};
{% endif %}
        }
{% if behaviour.second %}
        location @second_{{ number }}_{{ loop.index }} {
{% for line in origin_lines(edge, distribution, behaviour, "$viewer_host_%d" % number, behaviour.second) %}
            {{ line }}
{% endfor %}
        }
{% endif %}
{% endfor %}
    }
{% endfor %}
}
"""


@dataclass(frozen=True)
class Edge:
    """Where the edge is and what it needs.

    `origins`: the folder of the sockets that lead to the origins; `certificates`: distribution id → chain and key;
    `secret`: what it shows the buckets' gate.
    """

    directory: Path
    address: str
    origins: Path
    ca_file: Path
    certificates: Mapping[str, tuple[Path, Path]]
    secret: str = field(default="", repr=False)

    @property
    def configuration(self) -> Path:
        """The configuration file."""
        return self.directory / "nginx.conf"

    def argv(self) -> list[str]:
        """Return the command line; the process stays in the foreground."""
        return self._argv(self.configuration)

    def _argv(self, file: Path, *options: str) -> list[str]:
        return ["nginx", *options, "-p", f"{self.directory}/", "-c", str(file), "-e", "stderr"]

    def write(self, text: str) -> None:
        """Write the configuration file; it holds the secrets of custom headers, so nobody else may read it."""
        self._write(self.configuration, text)

    def _write(self, file: Path, text: str) -> None:
        self.directory.mkdir(parents=True, exist_ok=True)
        file.touch(mode=0o600)
        file.write_text(text)

    async def complaint(self, text: str) -> str | None:
        """Return what nginx has against a configuration, None when it takes it. What runs is not touched.

        The file that nginx looks at holds secrets, and is removed at once.
        """
        candidate = self.directory / "candidate.conf"
        self._write(candidate, text)
        try:
            checking = await asyncio.create_subprocess_exec(
                *self._argv(candidate, "-t", "-q"), stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE
            )
            _, complaints = await checking.communicate()
        finally:
            candidate.unlink(missing_ok=True)
        return complaints.decode() if checking.returncode else None


def configuration(edge: Edge, distributions: Sequence[Distribution]) -> str:
    """Return nginx's configuration; the first distribution answers to the bare address too."""
    return _template().render(
        edge=edge,
        distributions=distributions,
        names=names,
        location=location,
        origin_lines=origin_lines,
        origin_name=origin_name,
        literal=literal,
    )


@cache
def _template() -> Template:
    environment = Environment(  # noqa: S701 - nginx's configuration is no HTML; values are quoted by `quoted`
        trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True, undefined=StrictUndefined
    )
    return environment.from_string(_CONFIGURATION)


def names(distribution: Distribution) -> list[str]:
    """Return the host names of a distribution, its aliases first."""
    return [*distribution.aliases, distribution.domain]


def location(behaviour: Behaviour) -> str:
    """Return nginx's location of a path pattern (`*` and `?` are wildcards; order decides, as in CloudFront)."""
    if behaviour.pattern == "*":
        return "/"
    path = re.escape("/" + behaviour.pattern.lstrip("/")).replace(r"\*", ".*").replace(r"\?", ".")
    return f'~ "^{path.replace(chr(34), chr(92) + chr(34))}$"'


def quoted(text: str) -> str:
    """Return text as one nginx word in which nothing is special."""
    return f'"{literal(text)}"'


def literal(text: str) -> str:
    """Return text as it stands between double quotes of nginx's, with nothing special in it."""
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("$", "${dollar}")


def origin_lines(
    edge: Edge, distribution: Distribution, behaviour: Behaviour, viewer_host: str, origin_id: str
) -> list[str]:
    """Return the directives that send a request to an origin, on a connection not older than a second."""
    origin = next((each for each in distribution.origins if each.id == origin_id), None)
    if origin is None:
        raise ValueError(f"there is no origin {origin_id}")
    connect_s = min(LONGEST_CONNECT_S, origin.connect_s * origin.attempts)
    host = viewer_host if behaviour.forward in ("all", "anonymous") else origin.domain
    return [
        f"proxy_pass {_address(distribution, origin, behaviour)};",
        f"proxy_ssl_name {origin.domain};",
        f"proxy_connect_timeout {connect_s}s;",
        f"proxy_read_timeout {origin.read_s}s;",
        f"proxy_send_timeout {origin.read_s}s;",
        f"proxy_set_header Host {host};",
        'proxy_set_header Connection "";',
        "proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;",
        "proxy_set_header X-Amz-Cf-Id $request_id;",
        f'proxy_set_header Via "$server_protocol {distribution.domain} (CloudFront)";',
        *(
            []
            if behaviour.forward in ("all", "all-but-host")
            else ['proxy_set_header Cookie "";', f"proxy_set_header Authorization {quoted(_signature(edge, origin))};"]
        ),
        *(f"proxy_set_header {name} {quoted(value)};" for name, value in sorted(origin.headers.items())),
        f'add_header Via "1.1 {distribution.domain} (CloudFront)" always;',
        "add_header X-Amz-Cf-Id $request_id always;",
        'add_header X-Cache "Miss from cloudfront" always;',
        *(f"proxy_hide_header {name};" for name, (_, overrides) in sorted(behaviour.headers.items()) if overrides),
        *(f"add_header {name} {quoted(text)} always;" for name, (text, _) in sorted(behaviour.headers.items())),
    ]


def _signature(edge: Edge, origin: Origin) -> str:
    """Return the authorization that says who asks a bucket, and in which region. nginx cannot sign: a secret does."""
    scope = f"{EDGE}/20260101/{origin.signed}/s3/aws4_request"
    whole = f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature={edge.secret}"
    return whole if origin.signed else ""


def _address(distribution: Distribution, origin: Origin, behaviour: Behaviour) -> str:
    scheme = "https" if origin.tls else "http"
    tail = "$asked_path" if behaviour.forward == "nothing" else "$asked_uri"
    return f'"{scheme}://{origin_name(distribution, origin)}{literal(origin.path)}{tail}"'
