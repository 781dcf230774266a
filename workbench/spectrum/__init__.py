"""The automation spectrum: what a brand's stack can do, what proves it, what is missing."""
