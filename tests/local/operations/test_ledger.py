from pathlib import Path

from dr.ledger import balance, entries, read_back
from operations.prober import ProberConfig, new_account, start_prober
from tests.local.operations.api_stub import ApiStub


def test_what_the_site_forgot_is_found_and_nothing_else(tmp_path: Path) -> None:
    with ApiStub(tmp_path) as site:
        account = new_account("l1")
        config = ProberConfig(
            site_url=site.url,
            ca_file=str(site.ca_file),
            samples_file=str(tmp_path / "samples.jsonl"),
            run_id="l1",
            account=account,
            reads_per_s=1,
            writes_per_s=40,
        )
        with start_prober(config) as prober:
            assert prober.wait_for_good(reads=0, writes=60, timeout_s=15)
            written = entries(prober.stop(), "l1")
        lost = {entry.id for entry in written[-3:]}
        for key in lost:
            del site.videos[key]
        fates = read_back(site.url, str(site.ca_file), account, written)
        assert {key for key, fate in fates.items() if fate == "missing"} == lost
        assert sum(fate == "present" for fate in fates.values()) == len(written) - 3
        ledger = balance(written, fates, old_primary="us-east-1", fault_at=None, bound_s=None)
        assert {write.id for write in ledger.lost} == lost and ledger.rpo_s == ledger.lost_span_s


def test_a_site_that_does_not_answer_leaves_the_fate_unknown(tmp_path: Path) -> None:
    with ApiStub(tmp_path) as site:
        config = ProberConfig(
            site_url=site.url,
            ca_file=str(site.ca_file),
            samples_file=str(tmp_path / "samples.jsonl"),
            run_id="l2",
            account=new_account("l2"),
            writes_per_s=20,
        )
        with start_prober(config) as prober:
            assert prober.wait_for_good(reads=0, writes=5, timeout_s=15)
            written = entries(prober.stop(), "l2")
        site.mode = "error"
        fates = read_back(site.url, str(site.ca_file), config.account, written)
        assert set(fates.values()) == {"unknown"}
