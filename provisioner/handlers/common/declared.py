"""The words by which a `Generic` handler is declared."""

from collections.abc import Mapping
from typing import Any, ClassVar

from provisioner.handlers.common.base import Handler


class Declared(Handler):
    """What a type says of itself: its service's calls, its id, its names, its document, its tags."""

    service: ClassVar[str]
    control_region: ClassVar[str | None] = None
    """The region that answers for a global service (`us-east-1`)."""

    create_call: ClassVar[str]
    read_call: ClassVar[str]
    update_call: ClassVar[str | None] = None
    """None: replaced on any change. The creating call itself, for a type that is put."""
    partial: ClassVar[bool] = False
    """True where the updating call changes only what it is told: then it is told only what changed, and does not undo
    what operations own and the program ignores."""
    delete_call: ClassVar[str | None] = None
    """None: nothing is deleted (a validation, a setting that ends with its owner)."""

    id_inputs: ClassVar[tuple[str, ...]] = ()
    """The inputs of which the id is made; none: AWS makes it (`id_output`)."""
    id_separator: ClassVar[str] = "/"
    id_output: ClassVar[str] = ""
    """JMESPath of the id in the creating call's answer."""
    id_parameter: ClassVar[str] = ""
    """The parameter that takes the id; with `[]` at its end, a list of one. Default: each of `id_inputs` under the name
    that the call has for it."""
    read_parameter: ClassVar[str] = ""
    """As `id_parameter`, where reading differs (`AlarmNames[]`)."""

    names: ClassVar[Mapping[str, str]] = {}
    """Irregular names (see `shapes.Names`): they differ in more than case or a final `s`. Of a top-level property,
    AWS's name may be a path: `Attributes.DelaySeconds` puts it into that map or structure."""
    constants: ClassVar[Mapping[str, Any]] = {}
    """Parameters that every call gets which has such a member."""
    defaults: ClassVar[Mapping[str, Any]] = {}
    """Inputs that Terraform's provider sends when the program does not give them (`description`)."""
    only_here: ClassVar[frozenset[str]] = frozenset()
    """Inputs that creating does not send, since a hook or `delete` reads them (`forceDestroy`)."""

    document: ClassVar[str] = "@"
    """JMESPath, in the reading call's answer, of what describes the resource; null: there is none."""
    missing: ClassVar[tuple[str, ...]] = ()
    gone: ClassVar[str] = ""
    """JMESPath in the document that is true for what is deleted though still described."""
    outputs: ClassVar[Mapping[str, str]] = {}
    """Property → JMESPath in the document; inputs that AWS describes otherwise than it takes them are here too."""
    unread: ClassVar[frozenset[str]] = frozenset()
    """Properties that must not be observed: AWS does not return them, or in another form than it takes."""
    cleared: ClassVar[frozenset[str]] = frozenset()
    """Properties that AWS describes as long as they are set: where one was given and is not described, it was taken
    away."""
    whole: ClassVar[frozenset[str]] = frozenset()
    """Properties that are maps of the program's own keys: a key that was added outside counts as a difference."""

    exists: ClassVar[tuple[str, ...]] = ()
    """Error codes of a creation that a former one made unnecessary; only with `id_inputs`. Set `adopts = False` too."""
    ready: ClassVar[str] = ""
    """JMESPath in the document that is true as soon as the resource can be used: creation and update wait for it."""
    failed: ClassVar[str] = ""
    """JMESPath in the document that is true when it never will."""
    deadline_s: ClassVar[float] = 600.0
    waits_until_gone: ClassVar[bool] = False
    busy: ClassVar[tuple[str, ...]] = ()
    """Error codes of a deletion that what used the resource still holds up: it is tried again until the deadline."""
    token: ClassVar[Mapping[str, str]] = {}
    """Parameter of update and delete → JMESPath in the reading call's answer: `{"IfMatch": "ETag"}`."""

    tag_calls: ClassVar[tuple[str, str, str] | None] = None
    """The service's calls that tag, untag and list tags; None: by ARN through the Resource Groups Tagging API. Their
    parameters are known from their models."""
    tagged_by: ClassVar[str] = "arn"
    """The output that those calls take, or `id`."""

    find_call: ClassVar[str] = ""
    """A listing call, by which an interrupted creation's resource is found whose id AWS made."""
    find_in: ClassVar[str] = ""
    """JMESPath of the listed items; `find_by` is input → JMESPath in an item, `find_id` the JMESPath of its id."""
    find_by: ClassVar[Mapping[str, str]] = {}
    find_id: ClassVar[str] = ""
