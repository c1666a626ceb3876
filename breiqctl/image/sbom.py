"""The bill of materials of an image (CycloneDX): the Debian and Python packages that its layers really hold."""

import email.parser
import uuid
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model import Property
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.model.license import License
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL

from breiqctl.image.layout import DPKG, Layout

_NAMESPACE: Final = uuid.UUID("6ba7b811-9dad-11d1-80b4-00c04fd430c8")
"""RFC 4122's name space for URLs: the serial number follows from the image's digest."""


def bill_of_materials(layout: Layout, texts: Mapping[str, str], created: str, tag: str) -> str:
    """Return the image's CycloneDX document, the same text for the same image. `texts` are its `package_texts`."""
    subject = Component(
        name="breiq/app",
        type=ComponentType.CONTAINER,
        version=tag,
        bom_ref="image",
        purl=PackageURL("oci", None, "app", layout.digest, {"arch": layout.platform.partition("/")[2]}),
        properties=[Property(name=f"oci:label:{name}", value=value) for name, value in layout.labels.items()],
    )
    bom = Bom(components=components(texts, layout), serial_number=uuid.uuid5(_NAMESPACE, layout.digest))
    bom.metadata.component = subject
    bom.metadata.timestamp = datetime.strptime(created, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    bom.register_dependency(subject, bom.components)
    return JsonV1Dot6(bom).output_as_string(indent=2) + "\n"


def components(texts: Mapping[str, str], layout: Layout) -> list[Component]:
    """Return what the image holds: Debian and Python packages, and the interpreter of an official Python image."""
    found = list(_debian(texts.get(DPKG, "")))
    found += [_python(text) for path, text in sorted(texts.items()) if path != DPKG]
    variables = dict(one.partition("=")[::2] for one in layout.config["config"].get("Env") or [])
    if version := variables.get("PYTHON_VERSION"):
        found.append(_component("python", version, PackageURL("generic", None, "python", version, None)))
    return found


def _debian(status: str) -> Iterator[Component]:
    for paragraph in status.split("\n\n"):
        fields = _fields(paragraph)
        if fields.get("Status", "").endswith((" installed", " triggers-pending", " triggers-awaited")):
            name, version = fields["Package"], fields["Version"]
            where = {"arch": fields["Architecture"], "distro": "debian-12"}
            yield _component(name, version, PackageURL("deb", "debian", name, version, where))


def _fields(paragraph: str) -> Mapping[str, str]:
    pairs = (line.partition(": ") for line in paragraph.splitlines() if line[:1] not in ("", " ", "\t"))
    return {name: value for name, colon, value in pairs if colon}


def _python(metadata: str) -> Component:
    fields = email.parser.HeaderParser().parsestr(metadata)
    name, version = str(fields["Name"]), str(fields["Version"])
    licences: list[License] = []
    if expression := fields["License-Expression"]:
        licences = [LicenseFactory().make_from_string(str(expression))]
    elif text := str(fields["License"] or "").strip():
        licences = [LicenseFactory().make_from_string(text.splitlines()[0])]
    return _component(name, version, PackageURL("pypi", None, name, version, None), licences)


def _component(name: str, version: str, purl: PackageURL, licences: Sequence[License] = ()) -> Component:
    return Component(name=name, version=version, bom_ref=str(purl), purl=purl, licenses=licences)
