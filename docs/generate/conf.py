"""How Sphinx builds the site: nothing is fetched, by the build or by the pages."""

from typing import Any

from sphinx.application import Sphinx

from tenfold import __version__

project = "Tenfold"
author = "The Tenfold contributors"
copyright = "the Tenfold contributors, Apache-2.0"
version = release = __version__
extensions = ["myst_parser", "sphinx.ext.autodoc"]
language = "en"
smartquotes = False
default_role = "literal"

myst_heading_anchors = 3

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_preserve_defaults = True
add_module_names = False
python_use_unqualified_type_names = True
# An example in a page may be no whole program of its language.
suppress_warnings = ["misc.highlighting_failure"]

html_theme = "furo"
html_title = f"Tenfold {release}"
html_static_path = ["static"]
html_css_files = ["site.css"]
html_favicon = "static/mark.svg"
html_copy_source = False
html_show_sourcelink = False
# A page that is opened as a file may not read others to quote from them.
html_show_search_summary = False
html_theme_options = {
    "light_css_variables": {"color-brand-primary": "#1f5673", "color-brand-content": "#1f5673"},
    "dark_css_variables": {"color-brand-primary": "#8fc1dd", "color-brand-content": "#8fc1dd"},
}


def setup(app: Sphinx) -> None:
    """Draw the list of pages once for all definitions: they lie in one folder, and the list leads to none of them."""
    drawn: dict[tuple[Any, ...], Any] = {}

    def once(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: Any) -> None:
        draw = context.get("toctree")
        if draw is None or not page.startswith("reference/definitions/") or page.endswith("/index"):
            return

        def kept(**options: Any) -> Any:
            key = tuple(sorted(options.items()))
            if key not in drawn:
                drawn[key] = draw(**options)
            return drawn[key]

        context["toctree"] = kept

    # Before the theme, which asks at 500.
    app.connect("html-page-context", once, priority=400)
