"""``python -m ess_core.host`` is ``ess``."""

from ess_core.host.main import main

raise SystemExit(main())
