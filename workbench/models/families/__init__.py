"""Purchase families behind one interface: MBG/NBD, the default, BG/NBD and Pareto/NBD."""

from workbench.models.families.family import FAMILIES, Family, family

__all__ = ["FAMILIES", "Family", "family"]
