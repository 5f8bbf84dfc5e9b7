"""The control door: what a test may read and change, with the sandbox's own secret only."""

import hmac
import json
from collections.abc import Mapping
from typing import Any

from moto.ec2.models import ec2_backends

from ess_plugins.sandbox.api.answers import Answer, as_json
from ess_plugins.sandbox.api.calls import CallLog
from ess_plugins.sandbox.api.ec2.backend import SandboxEC2, all_instances
from ess_plugins.sandbox.api.feed import Feed
from ess_plugins.sandbox.api.keys import ACCOUNT, Keyring
from ess_plugins.sandbox.api.redshift.doors import Route
from ess_plugins.sandbox.api.request import ApiRequest
from ess_plugins.sandbox.api.world import World

PREFIX = "/_sandbox/"
"""Below this path; no bucket name starts with an underscore."""
SECRET_HEADER = "x-sandbox-secret"  # noqa: S105 - the name of a header


class Control:
    """Answers requests below PREFIX."""

    def __init__(
        self,
        secret: str,
        world: World,
        keyring: Keyring,
        log: CallLog,
        feed: Feed,
        warehouse: Mapping[tuple[str, str], Route],
    ) -> None:
        self._secret = secret
        self._world = world
        self._keyring = keyring
        self._log = log
        self._feed = feed
        self._routes: dict[tuple[str, str], Route] = {
            **warehouse,
            ("GET", "plan"): lambda _given: world.plan.as_json(),
            ("POST", "plan"): lambda given: world.planner.change(given).as_json(),
            ("GET", "calls"): lambda _given: log.as_json(),
            ("DELETE", "calls"): lambda _given: log.clear(),
            ("GET", "instances"): lambda _given: self._instances(),
            ("POST", "keys"): self._issue,
            ("POST", "expire"): lambda given: keyring.expire(given["access_key_id"]),
            ("POST", "reset"): lambda _given: self._reset(),
        }

    def answer(self, request: ApiRequest) -> Answer:
        """Answer one request that knows the secret."""
        if not hmac.compare_digest(request.headers.get(SECRET_HEADER, "").encode(), self._secret.encode()):
            return as_json({"error": "wrong secret"}, 403)
        route = self._routes.get((request.method, request.path.removeprefix(PREFIX)))
        if route is None:
            return as_json({"error": "no such door"}, 404)
        try:
            return as_json(route(json.loads(request.body or b"{}")))
        except (KeyError, TypeError, ValueError) as problem:
            return as_json({"error": f"{type(problem).__name__}: {problem}"}, 400)

    def _issue(self, given: Mapping[str, Any]) -> dict[str, str]:
        key = self._keyring.issue(given["user"], given.get("account", ACCOUNT))
        return {
            "access_key_id": key.access_key_id,
            "secret_access_key": key.secret,
            "account": key.identity.account,
            "arn": key.identity.arn,
        }

    def _instances(self) -> list[dict[str, Any]]:
        with self._world.lock:
            return [
                {
                    "id": instance.id,
                    "state": instance.state,
                    "region": instance.region_name,
                    "private_ip": instance.private_ip_address,
                    "public_ip": instance.public_ip,
                    "launch_order": instance.launch_order,
                }
                for instance in all_instances()
            ]

    def _reset(self) -> None:
        """No instances, no launch tokens, no faults, no calls: as after the start."""
        self._world.planner.reset()
        self._keyring.revive()
        with self._world.lock:
            for account in list(ec2_backends.values()):
                for backend in list(account.values()):
                    _forget_instances(backend)
            self._world.restart_launch_orders()
        self._feed.sync()
        self._log.clear()


def _forget_instances(backend: SandboxEC2 | Any) -> None:
    for reservation in backend.reservations.values():
        for instance in reservation.instances:
            instance.terminate()
    backend.forget_launches()
