import threading
from pathlib import Path

import pytest

from localcloud.api.gate import endpoint_names
from localcloud.core import changes, settings
from localcloud.core.certificates import Authority
from localcloud.core.errors import RefusedError
from localcloud.core.instance import Instance, load
from localcloud.core.keys import make_keys
from localcloud.services.elasticache.record import domain, short_region
from localcloud.services.rds.record import endpoint_hash, new_resource_id


def test_settings_have_defaults_and_take_values() -> None:
    parsed = settings.parse(["promotion_s=2.5"])
    assert parsed["promotion_s"] == 2.5
    assert parsed["dns_ttl_s"] == settings.DEFAULTS["dns_ttl_s"]


@pytest.mark.parametrize("assignment", ["nonsense=1", "promotion_s=soon", "promotion_s=-1", "promotion_s"])
def test_settings_that_make_no_sense_are_refused(assignment: str) -> None:
    with pytest.raises(RefusedError):
        settings.parse([assignment])


def test_a_certificate_is_signed_once_and_its_key_is_private(tmp_path: Path) -> None:
    authority = Authority(tmp_path / "ca")
    chain, key = authority.certificate(["a.example", "*.b.example"])
    assert authority.certificate(["a.example", "*.b.example"]) == (chain, key)
    assert authority.certificate(["other.example"])[0] != chain
    assert key.stat().st_mode & 0o077 == 0
    assert (tmp_path / "ca" / "ca.key").stat().st_mode & 0o077 == 0


def test_a_gate_s_certificate_covers_what_clients_ask_for_and_global_names_in_one_region() -> None:
    assert "*.s3.us-west-2.amazonaws.com" in endpoint_names("us-west-2")
    assert "*.amazonaws.com" in endpoint_names("us-east-1")
    assert "*.amazonaws.com" not in endpoint_names("us-west-2")


def test_an_instance_is_read_as_it_was_written(tmp_path: Path) -> None:
    instance = Instance(
        tmp_path, tmp_path / "registry", ("us-east-1", "us-west-2"), "us-east-2", 30, {"dns_ttl_s": 1}, make_keys()
    )
    instance.run.mkdir()
    assert load(str(instance.save())) == instance


def test_whoever_waits_for_a_change_is_woken_by_it() -> None:
    seen = changes.bump()
    woken: list[int] = []
    waiter = threading.Thread(target=lambda: woken.append(changes.wait(seen, 10)))
    waiter.start()
    changes.bump()
    waiter.join(10)
    assert woken == [seen + 1]
    assert changes.wait(seen + 1, 0) == seen + 1


def test_a_change_of_one_topic_is_none_of_another() -> None:
    other, own = changes.wait(-1, 0), changes.bump("a topic")
    assert changes.bump("a topic") == own + 1
    assert changes.wait(other, 0) == other


def test_names_of_databases_and_caches_have_aws_s_form() -> None:
    assert len(endpoint_hash("us-east-1")) == 12
    assert endpoint_hash("us-east-1") != endpoint_hash("us-west-2")
    ids = {new_resource_id() for _ in range(100)}
    assert len(ids) == 100
    assert all(len(each) == 29 and each.startswith("db-") for each in ids)
    assert short_region("us-west-2") == "usw2"
    assert short_region("ap-southeast-1") == "apse1"
    assert domain("group", "us-east-1").endswith(".use1.cache.amazonaws.com")


@pytest.mark.parametrize("text", ["nan", "inf", "-1", "1_0", "1e3", "٥", "", "86401"])
def test_a_setting_that_is_no_plain_number_is_refused(text: str) -> None:
    with pytest.raises(RefusedError) as refused:
        settings.parse([f"dns_ttl_s={text}"])
    assert (refused.value.code, bool(refused.value.remedy)) == ("bad_setting", True)


def test_what_is_done_again_and_again_has_time_in_between() -> None:
    with pytest.raises(RefusedError):
        settings.parse(["reconcile_s=0"])
    assert settings.parse(["reconcile_s=0.05", "task_start_s=0"])["reconcile_s"] == 0.05
