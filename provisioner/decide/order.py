"""What goes first where two resources want the same value, how, or why nothing works. Pure."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from provisioner.decide.results import Planned, Release
from provisioner.decide.unique import UNIQUE, USERS, Slot, Unique, slot_of, stays, unique_of
from provisioner.handlers.common.base import Handler
from provisioner.state.state import Resource
from provisioner.urns import name_of
from provisioner.values import plain


@dataclass(frozen=True)
class Refused:
    """A resource whose change cannot be made in any order, and why."""

    urn: str
    source: str
    reason: str


class Order:
    """The standing resources with their regions, and what is planned: what goes first, and what cannot be done."""

    def __init__(
        self, standing: Iterable[tuple[Resource, str]], planned: Mapping[str, Planned], handlers: Mapping[str, Handler]
    ) -> None:
        """`planned` is by the URN under which the state has the resource, `standing` with the region of each."""
        self._standing = [(one, region) for one, region in standing if one.in_cloud and not one.pending_replacement]
        self._planned = {urn: one for urn, one in planned.items() if one.in_cloud}
        self._handlers = handlers
        self.releases: list[Release] = []
        self.refused: list[Refused] = []

    def find(self, *, deleted_first: Collection[str], beside: Collection[str]) -> "Order":
        """Find all. `deleted_first` is what goes before its place is taken, `beside` what is deleted after that."""
        self._find_conflicts()
        going = {urn for one in self.releases if one.kind in ("delete", "again") for urn in one.urns}
        for resource, _ in self._standing:
            if not resource.delete and resource.urn in {*deleted_first, *going}:
                self._see_to_users(resource)
            elif not resource.delete and resource.urn in beside:
                self._see_to_users(resource, owned_alone=True)
        ranks = ("delete", "again", "together", "aside")
        self.releases = sorted(dict.fromkeys(self.releases), key=lambda one: ranks.index(one.kind))
        return self

    def _action(self, resource: Resource) -> str:
        """Return what happens to a resource that stands."""
        planned = self._planned.get(resource.urn)
        return "delete" if resource.delete or planned is None else planned.action

    # Values that one has at a time

    def _find_conflicts(self) -> None:
        holders = self._holders()
        takers: dict[tuple[str, Slot], dict[str, Planned]] = {}
        for urn, planned in self._planned.items():
            unique = self._unique(planned.type)
            slot = slot_of(unique, planned.region, planned.inputs) if unique and planned.action != "delete" else None
            if slot is not None:
                takers.setdefault((planned.type, slot), {})[urn] = planned
        for (type_, slot), wanting in takers.items():
            if len(wanting) > 1:
                self._refuse_two(list(wanting.values()), known=type_ in UNIQUE)
                continue
            for holder in holders.get((type_, slot), ()):
                for urn, taker in wanting.items():
                    if holder.urn != urn or (holder.delete and taker.action in ("create", "replace")):
                        self._release(holder, taker)

    def _holders(self) -> Mapping[tuple[str, Slot], list[Resource]]:
        found: dict[tuple[str, Slot], list[Resource]] = {}
        for resource, region in self._standing:
            unique = self._unique(resource.type)
            slot = slot_of(unique, region, plain(resource.inputs)) if unique else None
            if slot is not None:
                found.setdefault((resource.type, slot), []).append(resource)
        return found

    def _unique(self, type_: str) -> Unique | None:
        handler = self._handlers.get(type_)
        return unique_of(handler) if handler is not None else None

    def _refuse_two(self, wanting: Sequence[Planned], *, known: bool) -> None:
        """Refuse what two are to have, where it is known that AWS does: of other types the id may be shared."""
        if not known:
            return
        unique = self._unique(wanting[0].type)
        assert unique is not None
        named = ", ".join(f"{name} {value!r}" for name in unique.values if (value := wanting[0].inputs.get(name)))
        for one in wanting:
            if one.action != "same":
                others = ", ".join(other.name for other in wanting if other.urn != one.urn)
                self._refuse(one.urn, one.source, f"{named} is what {others} has too, and AWS lets only one have it")

    def _release(self, holder: Resource, taker: Planned) -> None:
        unique = self._unique(holder.type)
        assert unique is not None
        action, name = self._action(holder), name_of(holder.urn)
        what = ", ".join(f"{one} {value!r}" for one in unique.values if (value := plain(holder.inputs.get(one))))
        why = f"{name} has {what}, which {taker.name} is to have"
        if action == "delete":
            self.releases.append(Release("delete", (holder.urn,), f"{why}: {name} is deleted first"))
        elif action in ("replace", "create", "import"):
            self.releases.append(Release("again", (holder.urn,), f"{why}: {name} is deleted first, and made again"))
        elif unique.way == "together":
            self._release_together(holder, unique)
        elif unique.way == "aside":
            self.releases.append(Release("aside", (holder.urn,), f"{why}: {name} has a free one in between"))
        elif unique.way == "again":
            self.releases.append(Release("again", (holder.urn,), f"{why}: {name} is deleted first, and made again"))
        else:
            self._refuse(taker.urn, taker.source, f"{why}: let {name} have another one first, by an apply of its own")

    def _release_together(self, holder: Resource, unique: Unique) -> None:
        """Move all of the scope at once that move."""
        scope = [plain(holder.inputs.get(name)) for name in unique.scope]
        moving = [
            one.urn
            for one in self._planned.values()
            if one.type == holder.type
            and one.action == "update"
            and [one.inputs.get(name) for name in unique.scope] == scope
            and any(path in unique.values for path in one.changed)
        ]
        words = " and ".join(unique.values)
        names = ", ".join(name_of(urn) for urn in sorted(moving))
        self.releases.append(Release("together", tuple(sorted(moving)), f"{names}: each gets its {words} in one call"))

    # What is in use

    def _see_to_users(self, resource: Resource, *, owned_alone: bool = False) -> None:
        """Let the users of what is deleted first go before it; refuse when one of them stays. `owned_alone`: the others
        move to what takes its place.
        """
        staying = []
        for user, inputs in self._users(resource):
            action = self._action(user)
            if owned_alone:
                if action not in ("delete", "replace") and set(inputs) <= set(user.ignore_changes):
                    staying.append(stays(user, inputs))
                continue
            name = f"{name_of(user.urn)} uses {name_of(resource.urn)}"
            if action == "delete":
                self.releases.append(Release("delete", (user.urn,), f"{name}: it is deleted first"))
            elif action == "replace":
                self.releases.append(Release("again", (user.urn,), f"{name}: it is deleted first, and made again"))
            else:
                staying.append(stays(user, inputs))
        if staying:
            planned = self._planned.get(resource.urn)
            because = ", ".join(planned.because or planned.changed) if planned is not None else ""
            source = planned.source if planned is not None else resource.source_position
            self._refuse(
                resource.urn,
                source,
                f"it has to be made again{f' ({because})' if because else ''}, and AWS deletes none in use: "
                f"{'; '.join(sorted(staying))}. Put {because or 'it'} back, or declare another one beside it, let its "
                "users move there, and take this one away after that",
            )

    def _users(self, resource: Resource) -> Iterator[tuple[Resource, list[str]]]:
        users = USERS.get(resource.type, {})
        for one, _ in self._standing:
            inputs = [
                name
                for name in users.get(one.type, ())
                if resource.urn in one.property_dependencies.get(name, ()) and one.urn != resource.urn
            ]
            if inputs and not one.delete:
                yield one, inputs

    def _refuse(self, urn: str, source: str, reason: str) -> None:
        self.refused.append(Refused(urn, source, reason))
