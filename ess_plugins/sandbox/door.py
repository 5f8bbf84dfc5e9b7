"""Tell a running sandbox what should go wrong, and ask it what happened."""

import json
import urllib.error
import urllib.request
from collections import Counter
from typing import Any

from ess_core.errors import EssError
from ess_plugins.sandbox.state import Ready

_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))
"""Without the proxy that the user's environment may name."""


class Door:
    """The control door of one sandbox, opened with its own secret."""

    def __init__(self, ready: Ready) -> None:
        self._ready = ready

    def plan(self, **changes: Any) -> dict[str, Any]:
        """Change the plan (see :class:`ess_plugins.sandbox.api.plan.Plan`); returns all of it."""
        answer: dict[str, Any] = self._ask("POST", "plan", changes) if changes else self._ask("GET", "plan")
        return answer

    def calls(self) -> list[dict[str, Any]]:
        """The API calls since the last reset, oldest first."""
        answer: list[dict[str, Any]] = self._ask("GET", "calls")
        return answer

    def counts(self) -> Counter[str]:
        """How many calls there were, by ``service:Action``."""
        return Counter(f"{call['service']}:{call['action']}" for call in self.calls())

    def clear_calls(self) -> None:
        """Forget the calls so far."""
        self._ask("DELETE", "calls")

    def instances(self) -> list[dict[str, Any]]:
        """All instances of all regions and accounts."""
        answer: list[dict[str, Any]] = self._ask("GET", "instances")
        return answer

    def issue_key(self, user: str, account: str = "") -> dict[str, str]:
        """A key of another IAM user, or of a user of another account."""
        given = {"user": user, "account": account} if account else {"user": user}
        answer: dict[str, str] = self._ask("POST", "keys", given)
        return answer

    def expire(self, access_key_id: str) -> None:
        """Let a key's time be over."""
        self._ask("POST", "expire", {"access_key_id": access_key_id})

    def ask(self, what: str, **given: Any) -> dict[str, Any]:
        """Ask something else that the API process knows; for the sandbox's own processes."""
        answer: dict[str, Any] = self._ask("POST", what, given)
        return answer

    def reset(self) -> None:
        """End all instances and forget launch tokens, faults and calls; returns when the hosts are gone."""
        self._ask("POST", "reset")

    def _ask(self, method: str, what: str, given: dict[str, Any] | None = None) -> Any:
        asked = urllib.request.Request(  # noqa: S310 - always the sandbox's own http address
            f"{self._ready.endpoint}/_sandbox/{what}",
            data=json.dumps(given or {}).encode(),
            headers={"X-Sandbox-Secret": self._ready.secret},
            method=method,
        )
        try:
            with _DIRECT.open(asked, timeout=60) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            raise EssError(f"the sandbox refuses: {json.load(error)['error']}") from error
        except OSError as error:
            raise EssError(f"the sandbox at {self._ready.endpoint} does not answer: {error}") from error
