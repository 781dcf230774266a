"""The live workbench: a view of one brand that answers while its controls move."""
