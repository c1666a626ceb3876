"""A handler by declaration, for types whose AWS API takes properties nearly as the provider names them.

What an API call takes is read from botocore's model of it (see `shapes`): acronyms, plurals, numbers as text, and the
form of tags need no word. An input that the creating call has no member for is an error, unless `only_here` names it.
"""
# ruff: noqa: ARG002 - methods take what a handler is given, whether they need it or not

from collections.abc import Mapping
from typing import Any, Final

import jmespath  # type: ignore[import-untyped]

from provisioner.aws import Aws
from provisioner.errors import UnsupportedError
from provisioner.handlers.common.base import Created, Properties, found, ignoring
from provisioner.handlers.common.declared import Declared
from provisioner.handlers.common.shapes import as_given, member_of, property_name, to_aws, to_properties
from provisioner.handlers.common.tagging import is_tags, keys_as, owner_member, tags_as, tags_member, tags_of

ENGINE_INPUTS: Final = frozenset({"tags", "tagsAll", "region"})


class Generic(Declared):
    """Creates, reads, updates and deletes by one call each, named by class attributes; hooks for what is odd.

    A type whose name is its id, in full (SNS's topics would need `id_output = "TopicArn"` instead of `id_inputs`)::

        @register
        class SubnetGroup(Generic):
            type = "aws:rds/subnetGroup:SubnetGroup"
            taggable = True
            service = "rds"
            create_call = "create_db_subnet_group"
            read_call = "describe_db_subnet_groups"
            update_call = "modify_db_subnet_group"
            delete_call = "delete_db_subnet_group"
            id_inputs = ("name",)                       # the id is this input; several are joined by id_separator
            names = {"name": "DBSubnetGroupName", "description": "DBSubnetGroupDescription"}
            missing = ("DBSubnetGroupNotFoundFault",)   # error codes that mean: there is no such thing
            document = "DBSubnetGroups[0]"              # JMESPath in the read call's answer
            outputs = {"arn": "DBSubnetGroupArn", "subnetIds": "Subnets[].SubnetIdentifier"}  # JMESPath in it
            replace_on = frozenset({"name"})            # what Terraform's provider marks ForceNew
            tag_calls = ("add_tags_to_resource", "remove_tags_from_resource", "list_tags_for_resource")

    Both directions come of that: inputs → parameters (create: all; update: all that the update call takes), and the
    described document → properties (those that the create or update call takes, and `outputs`), in the program's form.
    The attributes are explained in `declared.Declared`.
    """

    # Hooks: override what is odd

    def create_arguments(self, aws: Aws, inputs: Properties) -> dict[str, Any]:
        """Return what the creating call gets."""
        given = {**self.defaults, **inputs}
        wanted = {name: item for name, item in given.items() if name not in ENGINE_INPUTS | self.only_here}
        return {**self.parameters(aws, self.create_call, wanted), **self._tag_argument(aws, inputs)}

    def update_arguments(self, aws: Aws, resource_id: str, new: Properties, changed: frozenset[str]) -> dict[str, Any]:
        """Return what the updating call gets, its id and token apart: every input that it takes; with `partial`, of
        those that changed.
        """
        assert self.update_call is not None
        taken = self.shape(aws, self.update_call).members
        skipped = ENGINE_INPUTS | self.only_here | (new.keys() - changed if self.partial else frozenset())
        wanted = {
            name: item
            for name, item in {**self.defaults, **new}.items()
            if name not in skipped and self.member(aws, self.update_call, name) in taken
        }
        return self.parameters(aws, self.update_call, wanted)

    def delete_arguments(self, aws: Aws, resource_id: str, outputs: Properties) -> dict[str, Any]:
        """Return what the deleting call gets besides its id and token."""
        return {}

    def id_arguments(self, aws: Aws, call: str, resource_id: str) -> dict[str, Any]:
        """Return the parameters by which a call knows the resource."""
        parameter = (self.read_parameter if call == self.read_call else "") or self.id_parameter
        if parameter:
            name = parameter.removesuffix("[]")
            return {name: [resource_id] if parameter.endswith("[]") else resource_id}
        return self.parameters(aws, call, self.id_properties(resource_id))

    def id_properties(self, resource_id: str) -> Properties:
        """Return the inputs that the id is made of."""
        last = len(self.id_inputs) - 1
        return dict(zip(self.id_inputs, resource_id.split(self.id_separator, last), strict=True)) if last >= 0 else {}

    def answer(self, aws: Aws, resource_id: str) -> Any:
        """Return what the reading call answers, None when there is no such resource."""
        arguments = self.id_arguments(aws, self.read_call, resource_id)
        return found(lambda: self.call(aws, self.read_call, **arguments), *self.missing)

    def document_in(self, answer: Any, resource_id: str) -> Any:
        """Return what describes the resource in the reading call's answer, or None: where `document` does not do."""
        return _search(self.document, answer)

    def observe(self, aws: Aws, resource_id: str, document: Any) -> Properties:
        """Return the properties that the document shows."""
        calls = [self.create_call, *([self.update_call] if self.update_call else [])]
        members = {member for call in calls for member in self.shape(aws, call).members}
        inputs = {property_name(member) for member in members} | {name for name in self.names if "." not in name}
        flat = {name: aws_name.rpartition(".")[2] for name, aws_name in self.names.items()}
        shown = to_properties(document, flat) if isinstance(document, dict) else {}
        observed = {name: item for name, item in shown.items() if name in inputs and not is_tags(name)}
        for name, path in self.names.items():
            if "." in path and name not in observed and (item := _search(path, document)) is not None:
                observed[name] = to_properties(item, flat, name)
        observed |= {name: item for name, path in self.outputs.items() if (item := _search(path, document)) is not None}
        observed |= self.id_properties(resource_id)
        return {name: item for name, item in observed.items() if name not in self.unread}

    # Handler

    def create(self, aws: Aws, inputs: Properties) -> Created:
        """See Handler."""
        answer: dict[str, Any] = {}
        with ignoring(*self.exists):
            answer = self.call(aws, self.create_call, **self.create_arguments(aws, inputs))
        resource_id = self._new_id(inputs, answer)
        self.complete(aws, resource_id, inputs)
        return Created(resource_id, self.seen(aws, resource_id, inputs, tags=False) or {})

    def complete(self, aws: Aws, resource_id: str, inputs: Properties) -> None:
        """Wait until the resource is ready; tag it where creation could not."""
        self.wait_ready(aws, resource_id)
        tags = inputs.get("tagsAll") or {}
        if self.taggable and tags and tags_member(self.shape(aws, self.create_call)) is None:
            self.retag(aws, resource_id, self.seen(aws, resource_id, inputs, tags=False) or {}, tags, [])

    def read(self, aws: Aws, resource_id: str, outputs: Properties) -> Properties | None:
        """See Handler."""
        return self.seen(aws, resource_id, outputs)

    def seen(self, aws: Aws, resource_id: str, known: Properties, *, tags: bool = True) -> Properties | None:
        """Return what can be observed, in the form of what is known. Without `tags` after a creation: it set them."""
        document = self.described(aws, resource_id)
        if document is None:
            return None
        observed = self.observe(aws, resource_id, document)
        # Empty lists that nobody gave are how AWS says nothing; where the provider has no list they are wrong.
        observed = {name: item for name, item in observed.items() if name in known or item not in ([], {})}
        observed |= {name: None for name in self.cleared if known.get(name) and observed.get(name) in (None, "")}
        if self.taggable and tags and (shown := self._read_tags(aws, resource_id, observed, document)) is not None:
            observed["tagsAll"] = shown
        given: Properties = as_given(observed, known, self.whole | {"tags", "tagsAll"})
        return given

    def update(
        self, aws: Aws, resource_id: str, old: Properties, new: Properties, changed: frozenset[str]
    ) -> Properties:
        """See Handler."""
        assert self.update_call is not None, f"{self.type} has no update"
        arguments = self.update_arguments(aws, resource_id, new, changed)
        if arguments:  # none: what changed is read by delete
            self.call(aws, self.update_call, **{**arguments, **self._aimed(aws, self.update_call, resource_id)})
        self.wait_ready(aws, resource_id)
        return self.seen(aws, resource_id, new, tags=False) or {}

    def forces_replacement(self, changed: frozenset[str]) -> frozenset[str]:
        """See Handler."""
        inputs = changed - {"tags", "tagsAll"}
        updates = self.update_call is not None or type(self).update is not Generic.update
        return inputs & self.replace_on if updates else inputs

    def retag(self, aws: Aws, resource_id: str, outputs: Properties, tags: dict[str, str], removed: list[str]) -> None:
        """See Handler."""
        if self.tag_calls is None:
            super().retag(aws, resource_id, outputs, tags, removed)
            return
        tag, untag, _ = self.tag_calls
        if removed:
            keys = keys_as(self.shape(aws, untag), removed)
            self.call(aws, untag, **self._tagged(aws, untag, resource_id, outputs), **keys)
        if tags:
            shape = self.shape(aws, tag)
            member = tags_member(shape)
            assert member is not None, f"{tag} takes no tags"
            form = tags_as(shape.members[member], tags)
            self.call(aws, tag, **self._tagged(aws, tag, resource_id, outputs), **{member: form})

    def delete(self, aws: Aws, resource_id: str, outputs: Properties) -> None:
        """See Handler."""
        if self.delete_call is None:
            return
        if self.token and self.described(aws, resource_id) is None:
            return
        arguments = self.delete_arguments(aws, resource_id, outputs)
        aws.wait_for(
            f"{self.type} {resource_id} unused",
            lambda: self._deleted(aws, str(self.delete_call), resource_id, arguments),
            deadline_s=self.deadline_s,
        )
        if self.waits_until_gone:
            aws.wait_for(
                f"{self.type} {resource_id} deleted",
                lambda: self.described(aws, resource_id) is None,
                deadline_s=self.deadline_s,
            )

    def _deleted(self, aws: Aws, call: str, resource_id: str, arguments: dict[str, Any]) -> bool:
        """Delete the resource; False when what uses it still holds it."""
        with ignoring(*self.busy):
            with ignoring(*self.missing):
                self.call(aws, call, **{**self._aimed(aws, call, resource_id), **arguments})
            return True
        return False

    def find(self, aws: Aws, inputs: Properties) -> str | None:
        """See Handler."""
        if self.id_inputs:
            return self._new_id(inputs, {})
        if not self.find_call:
            return super().find(aws, inputs)
        client = self.client(aws)
        pages = (
            client.get_paginator(self.find_call).paginate()
            if client.can_paginate(self.find_call)
            else [self.call(aws, self.find_call)]
        )
        for page in pages:
            for item in _search(self.find_in, page) or []:
                if all(_search(path, item) == inputs.get(name) for name, path in self.find_by.items()):
                    return str(_search(self.find_id, item))
        return None

    # Parts, for hooks too

    def client(self, aws: Aws) -> Any:
        """Return the service's client."""
        return aws.client(self.service, self.control_region)

    def call(self, aws: Aws, call: str, **arguments: Any) -> Any:
        """Make one of the service's calls, with the constants that it takes."""
        shape = self.shape(aws, call)
        fixed = {name: item for name, item in self.constants.items() if name in shape.members}
        return getattr(self.client(aws), call)(**{**fixed, **arguments})

    def shape(self, aws: Aws, call: str) -> Any:
        """Return the model of what a call takes."""
        meta = self.client(aws).meta
        return meta.service_model.operation_model(meta.method_to_api_mapping[call]).input_shape

    def names_for(self, call: str) -> Mapping[str, str]:
        """Return the irregular names of a call, where they are not the same for all."""
        return self.names

    def parameters(self, aws: Aws, call: str, inputs: Properties) -> dict[str, Any]:
        """Return the inputs as the call takes them. Raises UnsupportedError for one that it has no member for."""
        shape, names = self.shape(aws, call), self.names_for(call)
        result: dict[str, Any] = {}
        for name, value in inputs.items():
            if value is None:
                continue
            target, inner = result, shape
            *outer, last = (names.get(name) or member_of(shape, name) or name).split(".")
            try:
                for member in outer:
                    target, inner = target.setdefault(member, {}), _inner(inner, member)
                target[last] = to_aws(value, _inner(inner, last), names, name)
            except (KeyError, ValueError) as error:
                raise UnsupportedError(f"{self.type}: {self.service}'s {call} takes no {name} ({error})") from error
        return result

    def described(self, aws: Aws, resource_id: str, *, even_gone: bool = False) -> Any:
        """Return what describes the resource now, or None when there is none (any more)."""
        answer = self.answer(aws, resource_id)
        document = None if answer is None else self.document_in(answer, resource_id)
        gone = document is not None and self.gone and not even_gone and _search(self.gone, document)
        return None if gone else document

    def wait_ready(self, aws: Aws, resource_id: str) -> None:
        """Wait until the resource can be used; raise ValueError when it never will."""
        if not self.ready:
            return

        def is_ready() -> bool:
            document = self.described(aws, resource_id, even_gone=True)
            if document is None:
                return False
            if self.failed and _search(self.failed, document):
                raise ValueError(f"{self.type} {resource_id} failed")
            return bool(_search(self.ready, document))

        aws.wait_for(f"{self.type} {resource_id} ready", is_ready, deadline_s=self.deadline_s)

    def _new_id(self, inputs: Properties, answer: dict[str, Any]) -> str:
        if self.id_inputs:
            return self.id_separator.join(str(inputs[name]) for name in self.id_inputs)
        return str(_search(self.id_output, answer))

    def _aimed(self, aws: Aws, call: str, resource_id: str) -> dict[str, Any]:
        answer = self.answer(aws, resource_id) if self.token else {}
        tokens = {name: _search(path, answer or {}) for name, path in self.token.items()}
        return {**self.id_arguments(aws, call, resource_id), **tokens}

    def member(self, aws: Aws, call: str, name: str) -> str:
        """Return the top-level member of the call that the property goes to, or an empty text."""
        return (self.names_for(call).get(name) or member_of(self.shape(aws, call), name) or "").partition(".")[0]

    # Tags

    def _tag_argument(self, aws: Aws, inputs: Properties) -> dict[str, Any]:
        shape = self.shape(aws, self.create_call)
        member = tags_member(shape) if self.taggable else None
        tags = inputs.get("tagsAll")
        return {member: tags_as(shape.members[member], tags)} if member and tags else {}

    def _tagged(self, aws: Aws, call: str, resource_id: str, outputs: Properties) -> dict[str, Any]:
        shape = self.shape(aws, call)
        member = owner_member(shape, self.constants)
        named = resource_id if self.tagged_by == "id" else outputs[self.tagged_by]
        return {member: [named] if shape.members[member].type_name == "list" else named}

    def _read_tags(self, aws: Aws, resource_id: str, observed: Properties, document: Any) -> dict[str, str] | None:
        inside = next((m for m in document if is_tags(m)), None) if isinstance(document, dict) else None
        if inside is not None:
            return tags_of(document[inside])
        if self.tag_calls is None or not self.tag_calls[2]:
            return None
        call = self.tag_calls[2]
        answer = found(lambda: self.call(aws, call, **self._tagged(aws, call, resource_id, observed)), *self.missing)
        return tags_of(next((answer[m] for m in answer if is_tags(m)), [])) if answer is not None else None


def _inner(shape: Any, member: str) -> Any:
    return shape.value if shape.type_name == "map" else shape.members[member]


def _search(path: str, document: Any) -> Any:
    return jmespath.search(path, document)
