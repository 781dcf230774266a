"""Canonical tables, the warehouse that answers questions about them, and the readiness checks.

The parts are imported by name (``workbench.store.warehouse``, ``.tables``, ``.readiness``), so
that nobody pays for an engine that he does not use.
"""
