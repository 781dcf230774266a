"""The docs site: `make docs` builds it into docs/_build/html, without network and warnings."""

from __future__ import annotations

import sys
import warnings
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE / "_ext")]
warnings.filterwarnings("ignore", category=FutureWarning, module="arviz")

from pygments.lexers.special import TextLexer
from sphinx.application import Sphinx

from workbench import __version__

project = "CLV Workbench"
author = "CLV Workbench authors"
copyright = author  # noqa: A001 - Sphinx's own name
version = release = __version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "numpydoc", "workbench_reference"]
exclude_patterns = ["_build", "_ext"]
myst_enable_extensions = ["deflist", "fieldlist"]
myst_heading_anchors = 3
autodoc_typehints = "none"  # numpydoc's sections give the types in words
autodoc_member_order = "bysource"
numpydoc_show_class_members = False
numpydoc_xref_param_type = False

html_theme = "furo"
html_title = f"CLV Workbench {version}"
html_copy_source = False
html_show_sourcelink = False
html_last_updated_fmt = None  # the same sources give the same pages


def setup(app: Sphinx) -> None:
    """Show CSV as plain text, which Pygments has no name for."""
    app.add_lexer("csv", TextLexer)
