"""The services of the app as a region declares them: rules, colours, target groups, autoscaling, tasks."""

from components.compute.task import PLACEHOLDER_IMAGE
from estate import topology
from provisioner.values import plain
from tests.unit.infra.kit import Declared, json_of, secret_text

EAST, WEST = "us-east-1", "us-west-2"


def test_the_listener_answers_403_and_http_redirects(estate: Declared) -> None:
    listeners = {r.inputs["port"]: r.inputs for r in estate.of("lb/listener:Listener", WEST)}
    assert listeners[443]["defaultActions"][0]["fixedResponse"]["statusCode"] == "403"
    assert listeners[80]["defaultActions"][0]["redirect"]["protocol"] == "HTTPS"
    assert estate.one("lb/loadBalancer:LoadBalancer", WEST).inputs["clientKeepAlive"] == 60


def test_rules_stand_in_the_order_of_decision_3(estate: Declared) -> None:
    rules = {r.inputs["priority"]: r for r in estate.of("lb/listenerRule:ListenerRule", EAST)}
    priorities = {service.priority for service in estate.environment.services.values()}
    assert set(rules) == {1} | {10 + each for each in priorities} | {100 + each for each in priorities}
    gateway = estate.environment.services["gateway"].priority
    assert gateway == max(priorities), "what no other service takes is the gateway's"
    traffic, preview, production = (plain(rules[number].inputs) for number in (1, 10 + gateway, 100 + gateway))
    assert traffic["conditions"] == [
        {"pathPattern": {"values": ["/traffic"]}},
        {"httpRequestMethod": {"values": ["GET"]}},
    ]
    headers = [c["httpHeader"] for c in preview["conditions"] if "httpHeader" in c]
    assert [(h["httpHeaderName"], h["values"]) for h in headers] == [
        ("x-origin-secret", [secret_text("origin-secret")]),
        ("x-preview", [secret_text("preview-header")]),
    ]
    assert preview["actions"][0]["targetGroupArn"].endswith("-green")
    weights = {g["arn"].rpartition("-")[2]: g["weight"] for g in production["actions"][0]["forward"]["targetGroups"]}
    assert weights == {"blue": 100, "green": 0}
    for rule in rules.values():
        assert rule.ignore_changes == ("actions",)


def test_each_service_is_reached_by_its_host_and_paths_and_compares_no_more_than_elb_allows(estate: Declared) -> None:
    rules = {r.inputs["priority"]: plain(r.inputs) for r in estate.of("lb/listenerRule:ListenerRule", EAST)}
    for service in estate.environment.services.values():
        for priority in (10 + service.priority, 100 + service.priority):
            conditions = {name: c[name] for c in rules[priority]["conditions"] for name in c}
            assert conditions["hostHeader"] == {"values": ["*local.breiq.test"]}
            assert conditions["pathPattern"] == {"values": service.paths}
            assert sum(len(c["values"]) for found in rules[priority]["conditions"] for c in found.values()) <= 5


def test_both_colours_are_born_without_a_task(estate: Declared) -> None:
    services = estate.of("ecs/service:Service", WEST)
    assert {r.inputs["name"] for r in services} == {
        f"breiq-local-{name}-{colour}"
        for name in (*estate.environment.services, *estate.environment.workers)
        for colour in topology.COLOURS
    }
    for service in services:
        assert service.inputs["desiredCount"] == 0
        assert set(service.ignore_changes) == {"desiredCount", "taskDefinition"}
        assert bool(service.inputs.get("loadBalancers")) == ("-worker-" not in service.inputs["name"])


def test_target_groups_keep_nobody_and_start_at_once(estate: Declared) -> None:
    groups = estate.of("lb/targetGroup:TargetGroup", EAST)
    assert len(groups) == 2 * len(estate.environment.services)
    for group in groups:
        assert (group.inputs["stickiness"]["enabled"], group.inputs["slowStart"]) == (False, 0)


def test_autoscaling_of_every_colour_is_operations_to_bound(estate: Declared) -> None:
    targets = {r.inputs["resourceId"]: r for r in estate.of("appautoscaling/target:Target", EAST)}
    names = (*estate.environment.services, *estate.environment.workers)
    assert set(targets) == {
        topology.scalable_resource(estate.environment, n, c) for n in names for c in topology.COLOURS
    }
    for target in targets.values():
        assert (target.inputs["minCapacity"], target.inputs["maxCapacity"]) == (0, 0)
        assert set(target.ignore_changes) == {"minCapacity", "maxCapacity", "suspendedState"}


def test_autoscaling_holds_cpu_and_requests_and_rests_300_s(estate: Declared) -> None:
    policies = [r.inputs for r in estate.of("appautoscaling/policy:Policy", EAST)]
    of_video = {
        p["name"]: p["targetTrackingScalingPolicyConfiguration"] for p in policies if "-video-blue" in p["resourceId"]
    }
    assert set(of_video) == {"video-blue-cpu", "video-blue-requests"}
    assert of_video["video-blue-cpu"]["targetValue"] == 70
    label = of_video["video-blue-requests"]["predefinedMetricSpecification"]["resourceLabel"]
    assert "/" in label
    for configuration in (p["targetTrackingScalingPolicyConfiguration"] for p in policies):
        assert (configuration["scaleOutCooldown"], configuration["scaleInCooldown"]) == (300, 300)
    of_worker = {p["name"] for p in policies if "-worker-" in p["resourceId"]}
    assert of_worker == {"worker-blue-cpu", "worker-green-cpu"}


def test_tasks_are_told_what_the_app_reads(estate: Declared) -> None:
    definitions = {r.inputs["family"]: r for r in estate.of("ecs/taskDefinition:TaskDefinition", WEST)}
    names = (*estate.environment.services, *estate.environment.workers, "migrate", "smoke")
    assert set(definitions) == {f"breiq-local-{name}" for name in names}
    (video,) = json_of(plain(definitions["breiq-local-video"].inputs["containerDefinitions"]))
    variables = {v["name"]: v["value"] for v in video["environment"]}
    assert variables["OTHER_REGION"] == EAST
    assert variables["DB_HOST"] == "breiq-local-us-west-2.rds.test"
    assert variables["VIDEO_BUCKET"] == "breiq-videos-local-us-west-2"
    assert {s["name"] for s in video["secrets"]} == {"DB_PASSWORD", "DB_FENCE_PASSWORD", "TOKEN_KEY", "CACHE_TOKEN"}
    assert all(":us-west-2:" in s["valueFrom"] for s in video["secrets"])
    assert video["image"] == f"123456789012.dkr.ecr.us-west-2.amazonaws.com/breiq-local/app@{PLACEHOLDER_IMAGE}"
    assert video["stopTimeout"] == 35
    (migrate,) = json_of(plain(definitions["breiq-local-migrate"].inputs["containerDefinitions"]))
    assert migrate["command"] == ["python", "-m", "app", "migrate"]
    (worker,) = json_of(plain(definitions["breiq-local-worker"].inputs["containerDefinitions"]))
    assert (worker["command"], "portMappings" in worker) == (["python", "-m", "app", "work"], False)
    for definition in definitions.values():
        assert definition.ignore_changes == ()


def test_a_task_has_no_secret_that_its_service_does_not_need(estate: Declared) -> None:
    definitions = {r.inputs["family"]: r for r in estate.of("ecs/taskDefinition:TaskDefinition", EAST)}

    def secrets_of(name: str) -> set[str]:
        (one,) = json_of(plain(definitions[f"breiq-local-{name}"].inputs["containerDefinitions"]))
        return {s["name"] for s in one["secrets"]}

    assert secrets_of("gateway") == secrets_of("notification") == secrets_of("search") == set()
    assert secrets_of("auth") == {"DB_PASSWORD", "DB_FENCE_PASSWORD", "TOKEN_KEY"}
    assert secrets_of("worker") == secrets_of("user") == {"DB_PASSWORD", "DB_FENCE_PASSWORD"}


def test_a_task_may_write_nothing_of_its_own_and_is_nobody(estate: Declared) -> None:
    for definition in estate.of("ecs/taskDefinition:TaskDefinition", EAST):
        (one,) = json_of(plain(definition.inputs["containerDefinitions"]))
        assert one["readonlyRootFilesystem"] is True
        assert one["user"].partition(":")[0] != "0"
        assert one["linuxParameters"] == {"initProcessEnabled": True}
