"""One DB instance's server: from what the record wants to a PostgreSQL that runs so, and back to the record."""

import asyncio
import hashlib
import json
import os
import shutil
import sys
import time
from typing import TYPE_CHECKING, Any, Final

from localcloud.core.errors import RefusedError
from localcloud.programs import postgres
from localcloud.services.rds import replication
from localcloud.services.rds.postmaster import POLL_S, START_S, ParametersError, Postmaster
from localcloud.services.rds.template import copy_folder, ensure_template, own, run

if TYPE_CHECKING:
    from localcloud.core.context import Context

DesiredState = dict[str, Any]
INCOMPATIBLE: Final = "incompatible-parameters"


class Server:
    """The server of one instance. `converge` does one step after another until the record is true."""

    def __init__(self, context: "Context", desired: DesiredState) -> None:
        self._context = context
        self._resource_id: str = desired["resource_id"]
        self._link = f"link-{desired['identifier']}"
        self._folder = context.dir / "pg" / self._resource_id[3:11].lower()
        address = context.address(f"rds/{self._resource_id}")
        self._postmaster = Postmaster(context, f"postgres-{desired['identifier']}", self._folder, address)
        self._state_file = self._folder / "state.json"
        self._state: dict[str, Any] = json.loads(self._state_file.read_text()) if self._state_file.exists() else {}
        self._down_since: float | None = None
        self._launched_here = False

    async def converge(self, desired: DesiredState) -> None:
        """Make the server what the record wants now."""
        if desired["status"] == "deleting":
            await self._remove()
            return
        if not self._state.get("created"):
            await self._create(desired)
            return
        if not await self._postmaster.runs():
            await self._start_again(desired)
            return
        if desired["promotion_wanted"]:
            await self._promote(desired)
            return
        if desired["reboots_wanted"] != self._state["reboots"]:
            await self._reboot(desired)
        elif self._configuration_of(desired) != self._state["configuration"]:
            await self._reconfigure(desired)
        elif desired["status"] in ("creating", "modifying", "rebooting", INCOMPATIBLE):
            await self._report(status="available")
        if not await self._postmaster.runs():
            return
        await self._watch_parameters(desired)
        if desired["source"]:
            await self._watch_replication(desired)
        elif self._state.get("replicas") != desired["replicas"]:
            await self._drop_slots(desired)

    # From nothing to available.

    async def _create(self, desired: DesiredState) -> None:
        started = time.monotonic()
        if desired["source"] and desired["source"]["status"] == "creating":
            return
        await self._postmaster.remove()
        self._folder.mkdir(parents=True)
        own(self._folder)
        if desired["source"]:
            await self._copy_primary(desired)
        else:
            await copy_folder(await ensure_template(self._context.instance.folder / "template"), self._postmaster.data)
        self._configure(desired)
        await self._launch()
        if desired["source"]:
            await self._wait_for_streaming()
        else:
            await self._first_statements(desired)
        await asyncio.sleep(max(0.0, self._context.settings["rds_create_s"] - (time.monotonic() - started)))
        self._remember(
            created=True,
            reboots=desired["reboots_wanted"],
            configuration=self._configuration_of(desired),
            replicas=[] if desired["source"] else desired["replicas"],
        )
        await self._publish(desired)
        await self._report(status="available", **({"replication": "replicating"} if desired["source"] else {}))
        self._context.log.info("%s is available after %.2f s", desired["identifier"], time.monotonic() - started)

    async def _copy_primary(self, desired: DesiredState) -> None:
        host = await self._ensure_link(desired)
        slot = postgres.slot_name(self._resource_id)
        password = {"PGPASSWORD": desired["replication_password"]}
        for create_slot in (True, False):
            data, ca_file = self._postmaster.data, self._context.ca_file
            argv = postgres.base_backup_argv(data, host, slot, ca_file, create_slot=create_slot)
            try:
                await run(argv, env=password)
            except RuntimeError as error:
                if not create_slot or "already exists" not in str(error):
                    raise
                shutil.rmtree(self._postmaster.data, ignore_errors=True)
            else:
                return

    async def _ensure_link(self, desired: DesiredState) -> str:
        """Have the link to the primary run; return the address that stands for the primary here."""
        near = self._context.address(f"link/{self._resource_id}")
        if await self._context.runs(self._link):
            return near
        far = await self._context.resolve(desired["source"]["endpoint"])
        if far is None:
            raise RefusedError("no_primary", f"{desired['source']['endpoint']} has no address yet")
        endpoints = ("--listen", f"{near}:{postgres.PORT}", "--target", f"{far}:{desired['source']['port']}")
        argv = [sys.executable, "-m", "localcloud", "link", *endpoints]
        env = {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
        await self._context.spawn(self._link, argv, env=env, address=near, kind="link", stdin=True)
        await _wait_for_port(near, postgres.PORT)
        return near

    async def _first_statements(self, desired: DesiredState) -> None:
        connection = await self._postmaster.connect()
        master = desired["master_username"]
        for statement in postgres.first_statements(master, desired["master_password"], desired["replication_password"]):
            await connection.execute(statement)
        database = desired["database"]
        if database and database != "postgres":
            known = await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", database)
            if not known:
                owner = postgres.identifier(master)
                await connection.execute(f"CREATE DATABASE {postgres.identifier(database)} OWNER {owner}")

    # Changes of what runs.

    async def _start_again(self, desired: DesiredState) -> None:
        """Start on the data that is there: after a crash when RDS would, after the region's return at once."""
        now = time.monotonic()
        if self._down_since is None:
            self._down_since = now if self._launched_here else now - self._context.settings["rds_restart_s"]
        if now - self._down_since < self._context.settings["rds_restart_s"]:
            return
        if desired["source"] and desired["source"]["status"] != "deleted":
            await self._ensure_link(desired)
        self._configure(desired)
        try:
            await self._launch()
        except ParametersError as error:
            self._down_since = now
            if desired["status"] != INCOMPATIBLE:
                await self._report(status=INCOMPATIBLE, why=str(error))
            return
        await self._publish(desired)
        self._remember(reboots=desired["reboots_wanted"], configuration=self._configuration_of(desired))
        self._context.log.info("%s started again", desired["identifier"])
        self._context.wake()

    async def _promote(self, desired: DesiredState) -> None:
        connection = await self._postmaster.connect()
        if await connection.fetchval("SELECT pg_is_in_recovery()") and not await connection.fetchval(
            "SELECT pg_promote(true, 60)"
        ):
            raise RuntimeError(f"{desired['identifier']} was not promoted within 60 s")
        await asyncio.sleep(self._context.settings["promotion_s"])
        await self._report(status="rebooting")
        await self._postmaster.restart()
        if await self._context.runs(self._link):
            await self._context.stop(self._link, "SIGKILL")
        self._remember(reboots=desired["reboots_wanted"], replicas=[])
        await self._report(status="available", promoted=True)

    async def _reboot(self, desired: DesiredState) -> None:
        self._configure(desired)
        try:
            await self._postmaster.restart()
        except ParametersError as error:
            await self._report(status=INCOMPATIBLE, why=str(error))
            return
        self._remember(reboots=desired["reboots_wanted"], configuration=self._configuration_of(desired))
        await self._report(status="available")

    async def _reconfigure(self, desired: DesiredState) -> None:
        """Apply a new password, and what of new parameters needs no reboot."""
        self._configure(desired)
        connection = await self._postmaster.connect()
        await connection.execute("SELECT pg_reload_conf()")
        if not desired["source"]:
            await connection.execute(postgres.set_password(desired["master_username"], desired["master_password"]))
        self._remember(configuration=self._configuration_of(desired))
        await self._publish(desired)

    async def _remove(self) -> None:
        if await self._context.runs(self._link):
            await self._context.stop(self._link, "SIGKILL")
        await self._postmaster.remove()
        await self._report(gone=True)

    # Replication.

    async def _wait_for_streaming(self) -> None:
        connection = await self._postmaster.connect()
        async with asyncio.timeout(START_S):
            query = "SELECT status FROM pg_stat_wal_receiver"
            while await connection.fetchval(query) != "streaming":  # noqa: ASYNC110 - a server's state, not ours
                await asyncio.sleep(POLL_S)

    async def _watch_replication(self, desired: DesiredState) -> None:
        if desired["source"]["status"] == "deleted":
            if desired["replication"] != "terminated":
                await self._report(replication="terminated")
            return
        if not await self._context.runs(self._link):
            await self._ensure_link(desired)
        connection = await self._postmaster.connect()
        row = await connection.fetchrow(replication.STATE)
        lower = "" if row["replay"] == "not paused" else await self._lower_limits()
        state, message = replication.judge(row["replay"], row["silent_s"], lower)
        if (state, message) != (desired["replication"], desired["replication_message"]):
            await self._report(replication=state, message=message)

    async def _lower_limits(self) -> str:
        """Return which limits of a standby are lower than its primary's, in PostgreSQL's words."""
        connection = await self._postmaster.connect()
        rows = await connection.fetch(replication.SETTINGS, list(replication.LIMITS))
        output = await run(postgres.control_data_argv(self._postmaster.data))
        return replication.lower_limits(dict(rows), replication.primary_limits(output))

    async def _watch_parameters(self, desired: DesiredState) -> None:
        """Tell whether a parameter waits for a reboot."""
        connection = await self._postmaster.connect()
        pending = await connection.fetchval("SELECT count(*) > 0 FROM pg_settings WHERE pending_restart")
        if pending != desired["pending_reboot"]:
            await self._report(pending_reboot=pending)

    async def _drop_slots(self, desired: DesiredState) -> None:
        """Drop the slots of replicas that are no more (promoted or deleted), so that no log is kept for them."""
        connection = await self._postmaster.connect()
        kept = [postgres.slot_name(replica) for replica in desired["replicas"]]
        query = (
            "SELECT slot_name FROM pg_replication_slots WHERE slot_name LIKE 'rds_%' AND slot_name <> ALL($1::text[])"
        )
        rows = await connection.fetch(query, kept)
        for row in rows:
            await connection.execute(
                "SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots WHERE slot_name = $1", row[0]
            )
            await connection.execute("SELECT pg_drop_replication_slot($1)", row[0])
        self._remember(replicas=desired["replicas"])

    # What is known.

    async def _launch(self) -> None:
        await self._postmaster.launch()
        self._down_since = None
        self._launched_here = True

    def _configure(self, desired: DesiredState) -> None:
        self._postmaster.configure(endpoint=desired["endpoint"], port=desired["port"], parameters=desired["parameters"])

    def _configuration_of(self, desired: DesiredState) -> str:
        parts = [desired[name] for name in ("endpoint", "port", "parameters", "master_password")]
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()

    def _remember(self, **values: Any) -> None:
        self._state |= values
        self._state_file.write_text(json.dumps(self._state))

    async def _publish(self, desired: DesiredState) -> None:
        await self._context.publish({desired["endpoint"]: self._postmaster.address})

    async def _report(self, **document: Any) -> None:
        region = self._context.region
        await self._context.view("rds", "report", region=region, resource_id=self._resource_id, **document)


async def _wait_for_port(address: str, port: int) -> None:
    async with asyncio.timeout(START_S):
        while True:
            try:
                _, writer = await asyncio.open_connection(address, port)
            except OSError:
                await asyncio.sleep(POLL_S)
            else:
                writer.close()
                return
