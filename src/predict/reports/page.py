"""From facts to a page: nothing is computed here, and nothing is read but the facts."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from predict.definitions.wording import Catalogue, load_catalogue
from predict.definitions.wording.catalogue import keyed, lookup
from predict.reports.charts import bar, course_chart, icon_array, mini_scale, scale_chart

if TYPE_CHECKING:
    from jinja2 import Environment


def patient_html(facts: Mapping[str, Any]) -> str:
    """Return a patient's page from its facts alone: equal facts, equal bytes."""
    return _fill(
        "patient.html.j2",
        facts,
        css=style("patient"),
        hide_until_opened=facts["hide_until_opened"],
        links=facts.get("links"),
    )


def _fill(template: str, facts: Mapping[str, Any], **more: Any) -> str:
    say = load_catalogue(facts["language"])
    words = {**template_words(facts["sections"], say), **_drawings(say)}
    page = environment().get_template(template)
    return page.render(s=facts["sections"], lang=facts["language"], **words, **more)


def template_words(facts: Mapping[str, Any], say: Catalogue) -> dict[str, Any]:
    """Return the three ways in which a template prints: a text, a fact, a sentence with facts."""
    from markupsafe import Markup

    return {
        "w": fixed_words(say),
        "f": lambda path: Markup(keyed(lookup(facts, path), path)),  # noqa: S704 - escaped there
        "say": lambda key, at: Markup(  # noqa: S704 - facts are escaped by the catalogue
            say.html(key, lookup(facts, at) if at else facts, at)
        ),
    }


@cache
def fixed_words(say: Catalogue) -> Callable[[str], Any]:
    """Return what prints a sentence without facts: the same on every page, made once."""
    from markupsafe import Markup

    return cache(lambda key: Markup(say.html(key, {}, "")))  # noqa: S704 - the catalogue is escaped


def _drawings(say: Catalogue) -> dict[str, Any]:
    """The charts a template may place, each from facts."""
    from markupsafe import Markup

    def icons(facts: Mapping[str, Any]) -> str:
        texts = (say.text(f"estimate.icons_{part}", facts) for part in ("title", "desc"))
        return Markup(icon_array(facts["percent"], *texts))  # noqa: S704 - drawn from numbers

    return {
        "scale": lambda facts: Markup(scale_chart(facts, say)),  # noqa: S704 - escaped in svg.text
        "course": lambda facts: Markup(course_chart(facts, say)),  # noqa: S704 - escaped there too
        "mini": lambda facts: Markup(mini_scale(facts)),  # noqa: S704 - drawn from numbers
        "bar": lambda points, widest: Markup(bar(points, widest)),  # noqa: S704 - from numbers
        "icons": icons,
    }


@cache
def environment() -> Environment:
    """Return the templates, compiled once, every value escaped."""
    from jinja2 import Environment, PackageLoader

    return Environment(
        loader=PackageLoader("predict.reports", "templates"),
        autoescape=True,
        auto_reload=False,
        trim_blocks=True,
    )


@cache
def style(name: str) -> Any:
    """Return a page's style sheet without needless space; it is ours, not a value."""
    from markupsafe import Markup

    folder = files("predict.reports.templates")
    sheets = (folder.joinpath(f"{part}.css").read_text("utf-8") for part in ("common", name))
    text = re.sub(r"/\*.*?\*/", "", "".join(sheets), flags=re.DOTALL)
    text = re.sub(r"\s*([{};,>])\s*", r"\1", re.sub(r"\s+", " ", text)).replace(";}", "}")
    return Markup(text.strip())  # noqa: S704 - our own style sheet
