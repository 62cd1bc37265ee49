"""What deploy/ and its kin promise: they name what is there, and hold what they say."""

from __future__ import annotations

import configparser
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client import Counter, Gauge, Histogram
from try_image import context_files, instructions
from trying import end

from app.metrics import _LATENCIES, Metrics
from app.version import VERSION

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
METRIC = re.compile(r"\b((?:herald|process)_[a-z_]+)\b")


def known_metrics() -> set[str]:
    """The names of all samples that Herald can serve."""
    found: set[str] = set()
    for family in Metrics().registry.collect():
        endings = {"counter": ("_total",), "histogram": ("_bucket", "_count", "_sum"), "info": ("_info",)}
        found |= {family.name + ending for ending in endings.get(family.type, ("",))}
    return found


def expressions() -> list[str]:
    rules = yaml.safe_load((DEPLOY / "prometheus/herald.rules.yml").read_text("utf-8"))
    found = [rule["expr"] for group in rules["groups"] for rule in group["rules"]]
    dashboard = json.loads((DEPLOY / "grafana/herald.json").read_text("utf-8"))
    return found + [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]


def test_rules_and_dashboard_name_metrics_that_exist() -> None:
    named = {name for expression in expressions() for name in METRIC.findall(expression)}
    assert named > {"herald_discord_connected", "herald_newsletter_last_success_timestamp_seconds"}
    assert named <= known_metrics()


def test_rules_and_dashboard_ask_for_labels_that_the_metrics_have() -> None:
    metrics = [one for one in vars(Metrics()).values() if isinstance(one, Gauge | Counter | Histogram)]
    labels = {next(iter(one.describe())).name: {*one._labelnames, "job", "instance"} for one in metrics}
    asked = [found for one in expressions() for found in re.findall(r"\b(herald_[a-z_]+)\{(\w+)=~?\"(.*?)\"", one)]
    assert len(asked) > 5
    for sample, label, value in asked:
        name = re.sub(r"_(total|bucket|count|sum)$", "", sample)
        if label == "le":
            assert float(value) in _LATENCIES
        else:
            assert label in labels[name], sample


def test_metrics_follow_prometheus_conventions() -> None:
    for family in Metrics().registry.collect():
        if family.name.startswith("herald_"):
            assert family.documentation
            assert not re.search(r"_(total|ms|minutes|hours|kb|mb)$", family.name), family.name


@pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool is not installed")
def test_alert_rules_fire_when_they_should() -> None:
    done = subprocess.run(
        ["promtool", "test", "rules", str(DEPLOY / "prometheus/herald.rules.test.yml")],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_alert_is_tested() -> None:
    rules = yaml.safe_load((DEPLOY / "prometheus/herald.rules.yml").read_text("utf-8"))
    tests = yaml.safe_load((DEPLOY / "prometheus/herald.rules.test.yml").read_text("utf-8"))
    alerts = {rule["alert"] for group in rules["groups"] for rule in group["rules"]}
    checks = [check for test in tests["tests"] for check in test["alert_rule_test"]]
    assert {check["alertname"] for check in checks if check["exp_alerts"]} == alerts
    assert {check["alertname"] for check in checks if not check["exp_alerts"]} == alerts


def test_the_image_holds_what_runs_and_nothing_else() -> None:
    files = context_files()
    rooms = {path.name for path in ROOT.iterdir() if (path / "__init__.py").exists()}
    assert rooms - {"tests", "benchmarks"} <= {name.split("/")[0] for name in files}
    assert {"bot.py", "errors.py", "requirements.txt", "storage/migrations/versions/v0001_first.py"} <= set(files)
    left_out = ("tests/", "docs/", ".git/", ".venv/", "deploy/", "config.yaml", ".env", "herald.db")
    assert [name for name in files if name.startswith(left_out)] == []


def test_the_image_does_not_run_as_root_and_checks_itself() -> None:
    steps = dict(instructions((ROOT / "Dockerfile").read_text("utf-8")))
    assert steps["USER"] == "herald"
    assert json.loads(steps["HEALTHCHECK"].partition(" CMD ")[2])[-2:] == ["status", "--check"]


def test_the_image_is_what_was_gathered_and_nothing_else() -> None:
    steps = list(instructions((ROOT / "Dockerfile").read_text("utf-8")))
    last = max(at for at, (word, _) in enumerate(steps) if word == "FROM")
    assert steps[last : last + 2] == [("FROM", "scratch"), ("COPY", "--from=system /image /")]
    assert not {word for word, _ in steps[last + 2 :]} & {"ADD", "COPY", "RUN"}


def test_compose_gives_a_read_only_root() -> None:
    herald = yaml.safe_load((ROOT / "compose.yaml").read_text("utf-8"))["services"]["herald"]
    assert (herald["read_only"], herald["cap_drop"]) == (True, ["ALL"])
    assert "data:/data" in herald["volumes"]


def test_kubernetes_has_one_hardened_replica_that_is_not_restarted_for_a_failing_source() -> None:
    documents: list[dict[str, Any]] = list(yaml.safe_load_all((DEPLOY / "kubernetes.yaml").read_text("utf-8")))
    kinds = {document["kind"]: document for document in documents}
    spec = kinds["StatefulSet"]["spec"]
    [container] = spec["template"]["spec"]["containers"]
    assert spec["replicas"] == 1
    assert container["securityContext"]["readOnlyRootFilesystem"] is True
    assert container["livenessProbe"]["httpGet"]["path"] == "/livez"
    assert yaml.safe_load(kinds["ConfigMap"]["data"]["config.yaml"])["web"]["enabled"] is True


def test_the_cluster_files_start_two_with_a_role_on_a_server_and_data_of_their_own() -> None:
    documents = list(yaml.safe_load_all((DEPLOY / "kubernetes-cluster.yaml").read_text("utf-8")))
    kinds = {document["kind"]: document for document in documents}
    config = yaml.safe_load(kinds["ConfigMap"]["data"]["config.yaml"])
    assert (config["role"], config["storage"].partition("://")[0]) == ("all", "postgresql")
    assert kinds["StatefulSet"]["spec"]["replicas"] == 2
    compose = yaml.safe_load((DEPLOY / "compose-cluster.yaml").read_text("utf-8"))
    heralds = [one for name, one in compose["services"].items() if name.startswith("herald")]
    assert len({volume for one in heralds for volume in one["volumes"] if volume.startswith("data")}) == 2
    for one in heralds:
        assert (one["read_only"], one["cap_drop"], one["build"]["args"]) == (True, ["ALL"], {"POSTGRES": "1"})
    assert "ARG POSTGRES" in (ROOT / "Dockerfile").read_text("utf-8")


def service() -> dict[str, str]:
    unit = configparser.RawConfigParser(strict=False)
    unit.optionxform = str  # type: ignore[method-assign, assignment]
    unit.read(DEPLOY / "systemd/herald.service")
    return dict(unit["Service"])


def test_the_unit_waits_for_ready_and_does_not_restart_on_a_wrong_configuration() -> None:
    unit = service()
    assert (unit["Type"], unit["RestartPreventExitStatus"], unit["DynamicUser"]) == ("notify", "2", "yes")


def test_the_unit_reloads_where_there_is_no_kill_program() -> None:
    # whoever started the tests may have told their processes to ignore it, as nohup does
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    process = subprocess.Popen(["/bin/sleep", "60"])
    signal.signal(signal.SIGHUP, before)
    with process:
        environment = {"MAINPID": str(process.pid), "PATH": ""}
        subprocess.run(shlex.split(service()["ExecReload"]), env=environment, check=True)
        assert process.wait(10) == -signal.SIGHUP


def test_all_that_runs_as_the_service_has_its_credentials() -> None:
    for name in ("herald.service", "herald-backup.service", "herald"):
        assert "LoadCredential=herald:/etc/herald/credentials" in (DEPLOY / "systemd" / name).read_text("utf-8"), name


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not installed")
@pytest.mark.parametrize("unit", ["herald.service", "herald-backup.service"])
def test_the_units_are_hardened(unit: str) -> None:
    done = subprocess.run(
        ["systemd-analyze", "security", "--offline=yes", "--threshold=15", str(DEPLOY / "systemd" / unit)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-300:] + done.stderr


def test_a_release_has_its_changes() -> None:
    headings = re.findall(r"^## (.+)$", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE)
    assert headings[0] in {"Unreleased", VERSION} or headings[0].startswith(f"{VERSION} ")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may make a process namespace")
@pytest.mark.skipif(None in {shutil.which("unshare"), shutil.which("setpriv")}, reason="needs util-linux")
def test_a_trial_leaves_nothing_running_that_has_become_another_user() -> None:
    inner = "exec setpriv --reuid=65534 --regid=65534 --clear-groups sh -c 'echo up; exec sleep 600'"
    command = ["unshare", "--pid", "--fork", "--kill-child", "sh", "-ec", inner]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "up\n"
        first = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text("ascii").split()[0]
        end(process)
        assert not Path(f"/proc/{first}").exists()
