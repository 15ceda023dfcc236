"""Sphinx's settings for the site of documentation; `docs/site/build.py` runs them."""

from __future__ import annotations

from predict import __version__

project = "predict"
author = "the authors of predict"
version = release = __version__
extensions = ["myst_nb", "sphinx.ext.autodoc", "numpydoc", "sphinx_design"]
exclude_patterns = ["**/_build", "**/.ipynb_checkpoints"]
source_suffix = {".md": "myst-nb", ".ipynb": "myst-nb"}

html_theme = "furo"
html_title = "predict"
html_show_sourcelink = False
html_copy_source = False
# No font and no script of anybody else's server.
html_theme_options = {
    "light_css_variables": {"color-brand-primary": "#0a5c9e", "color-brand-content": "#0a5c9e"},
    "dark_css_variables": {"color-brand-primary": "#7cc0f5", "color-brand-content": "#7cc0f5"},
}
html_static_path = ["site.css"]
templates_path = ["templates"]
html_css_files = ["site.css"]
pygments_style = "a11y-high-contrast-light"
pygments_dark_style = "a11y-high-contrast-dark"

# Notebooks come executed; a page that shows a command is not run here.
nb_execution_mode = "off"
myst_heading_anchors = 3
myst_enable_extensions = ["colon_fence"]

autodoc_member_order = "bysource"
autodoc_typehints = "none"
numpydoc_show_class_members = False
# A parameter that has no words, or words that have no parameter, fails the build; so do headings
# out of order and a summary that is missing.
numpydoc_validation_checks = {"GL06", "GL07", "PR01", "PR02", "PR03", "SS01"}
# scikit-learn writes these for every estimator, with links into its own site.
numpydoc_validation_exclude = {r"\.set_fit_request$", r"\.set_score_request$", r"\.score$"}
suppress_warnings = ["myst-nb.lexer"]


def leave_out(app, what, name, value, skip, options):
    """Leave out what scikit-learn adds to every estimator."""
    return skip or name in {"set_fit_request", "set_score_request", "set_output"}


def setup(app):
    """Tell Sphinx what to leave out."""
    app.connect("autodoc-skip-member", leave_out)
