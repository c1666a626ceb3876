"""What a resource type's handler is, and small helpers that handlers share."""
# ruff: noqa: ARG002 - methods take what a handler is given, whether they need it or not

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, ClassVar, Final

from botocore.exceptions import ClientError

from provisioner.aws import Aws

Properties = dict[str, Any]


@dataclass(frozen=True)
class Created:
    """What a creation gives: the provider's id, and the properties that only AWS knows."""

    id: str
    outputs: Properties = field(default_factory=dict)


class Handler(ABC):
    """Creates, reads, updates and deletes the resources of one type, as Terraform's AWS provider would.

    Inputs are plain (secrets unwrapped, camel case); `tagsAll` is there for a type that is `taggable`.
    A type that does not override `update` is replaced whatever changes (its tags apart).
    """

    type: ClassVar[str]
    taggable: ClassVar[bool] = False
    secret_outputs: ClassVar[tuple[str, ...]] = ()
    name_input: ClassVar[str | None] = None
    """The input that is the id too, for a type whose id is a name that we choose."""
    adopts: ClassVar[bool] = True
    """False where creating again completes what an interrupted creation left, so that nothing need be found first."""
    replace_on: ClassVar[frozenset[str]] = frozenset()
    """The top-level inputs whose change AWS cannot make on what exists: a new resource takes its place."""
    unordered: ClassVar[frozenset[str]] = frozenset()
    """The top-level inputs whose lists have no order in AWS, at any depth: drift and imports compare them as sets."""
    part_of: ClassVar[str] = ""
    """The input that names what it is a part of, for a type that has no name of its own: what stands there is ours."""
    delete_before_replace: ClassVar[bool] = True
    """True where two cannot stand side by side: names are ours and deterministic, so most cannot."""

    @abstractmethod
    def create(self, aws: Aws, inputs: Properties) -> Created:
        """Return once the resource exists and can be used; raise what AWS raised, or DeadlineError."""

    def complete(self, aws: Aws, resource_id: str, inputs: Properties) -> None:  # noqa: B027 - most need nothing
        """Do what a creation does after its first call; may be repeated. An adopted resource is completed too."""

    @abstractmethod
    def read(self, aws: Aws, resource_id: str, outputs: Properties) -> Properties | None:
        """Return every property that can be observed (inputs too, under the provider's names), or None when there is no
        such resource. `outputs` is what was known of it; of an import it holds nothing, and the id must be enough.
        """

    def update(
        self, aws: Aws, resource_id: str, old: Properties, new: Properties, changed: frozenset[str]
    ) -> Properties:
        """Make the resource what `new` says; return the properties that only AWS knows. May be repeated.

        `old` holds inputs and outputs as they were applied; `changed` the top-level inputs that differ, none of them in
        `replace_on`, never `tags` or `tagsAll` (see `retag`).
        """
        raise NotImplementedError(f"{self.type} has no update")

    def rearrange(self, aws: Aws, wanted: Mapping[str, Properties]) -> None:
        """Give resources, by id, the unique values of these inputs in one call (see `unique.UNIQUE`, "together")."""
        raise NotImplementedError(f"{self.type} has no call for several at once")

    def retag(self, aws: Aws, resource_id: str, outputs: Properties, tags: dict[str, str], removed: list[str]) -> None:
        """Set these tags and remove those keys. Most types are reached by their ARN; others override this."""
        tagging = aws.client("resourcegroupstaggingapi")
        if removed:
            tagging.untag_resources(ResourceARNList=[outputs["arn"]], TagKeys=removed)
        if tags:
            tagging.tag_resources(ResourceARNList=[outputs["arn"]], Tags=tags)

    def is_going(self, read: Properties) -> bool:
        """Say whether AWS is deleting the resource that was read so: it cannot be kept, nor its name be used yet."""
        return str(read.get("status", "")).lower() == "deleting"

    def refusal(self, old: Properties, new: Properties, changed: frozenset[str]) -> str | None:
        """Return why AWS would refuse this update whatever is done before, and what to do instead; None: it would not.

        Pure: a plan asks it. `old` holds the inputs as they are in AWS, where they were seen.
        """
        return None

    def forces_replacement(self, changed: frozenset[str]) -> frozenset[str]:
        """Return those of the changed inputs that make a replacement necessary; none: an update will do."""
        inputs = changed - {"tags", "tagsAll"}
        return inputs & self.replace_on if type(self).update is not Handler.update else inputs

    @abstractmethod
    def delete(self, aws: Aws, resource_id: str, outputs: Properties) -> None:
        """Return once the resource is gone; it is no error if it was gone already."""

    def find(self, aws: Aws, inputs: Properties) -> str | None:
        """Return the id of the resource that an interrupted creation with these inputs may have left, or None."""
        return str(inputs[self.name_input]) if self.name_input else None


Lookup = Callable[[Aws, Properties], Properties]
"""A function of the provider (`aws:…:getX`): arguments in, result out; Secret marks what must not be shown."""


HANDLERS: Final[dict[str, Handler]] = {}
LOOKUPS: Final[dict[str, Lookup]] = {}


def register(handler: type[Handler]) -> type[Handler]:
    """Make the handler known under its type's token."""
    HANDLERS[handler.type] = handler()
    return handler


def lookup(token: str) -> Callable[[Lookup], Lookup]:
    """Make a function of the provider known under its token."""

    def remember(function: Lookup) -> Lookup:
        LOOKUPS[token] = function
        return function

    return remember


def given(**arguments: Any) -> dict[str, Any]:
    """Return the arguments that are not None: what is not given is AWS's to decide."""
    return {name: value for name, value in arguments.items() if value is not None}


def pascal(value: Any) -> Any:
    """Return the structure with each key's first letter in upper case: most of AWS's names differ in no more."""
    if isinstance(value, dict):
        return {name[:1].upper() + name[1:]: pascal(item) for name, item in value.items()}
    if isinstance(value, list):
        return [pascal(item) for item in value]
    return value


def tag_list(inputs: Mapping[str, Any], key: str = "Key", value: str = "Value") -> list[dict[str, str]]:
    """Return the resource's tags, default tags included, as most services take them."""
    return [{key: name, value: text} for name, text in sorted((inputs.get("tagsAll") or {}).items())]


@contextmanager
def ignoring(*codes: str) -> Iterator[None]:
    """Ignore AWS's errors of these codes: what should be gone is gone, what should exist exists."""
    try:
        yield
    except ClientError as error:
        if error.response["Error"]["Code"] not in codes:
            raise


def found(call: Callable[[], Any], *codes: str) -> Any:
    """Return what the call returns, or None when AWS answers with one of these codes (there is no such thing)."""
    try:
        return call()
    except ClientError as error:
        if error.response["Error"]["Code"] in codes:
            return None
        raise
