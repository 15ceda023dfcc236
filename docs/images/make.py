"""Make the pictures of this folder anew: `python docs/images/make.py [REPORT_FOLDER]`.

Patient pages and worklist show invented people of the tests; the model report is the one in
REPORT_FOLDER (a `report/` of `predict demo`), where one is given.
"""

from __future__ import annotations

import io
import shutil
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
sys.path.append(str(HERE.parents[1] / "benchmarks"))
COLOURS = 128


def shoot(view: Any, name: str, *, height: int | None = None) -> None:
    """Keep a picture of the open page with few colours, so that it stays small."""
    from PIL import Image

    picture = Image.open(io.BytesIO(view.page.screenshot(full_page=height is None)))
    if height is not None:
        picture = picture.crop((0, 0, picture.width, min(height, picture.height)))
    small = picture.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
    small.save(HERE / f"{name}.png", optimize=True)


def on_many_days(fixtures: Any, people: Any) -> Any:
    """Return the people's table with the answers of those who only began on different days."""
    table = fixtures.dated_table(people)
    for place, person in enumerate(people):
        if not person.later:
            table.loc[place, "seen_baseline"] = f"2026-03-{20 - place:02d}"
    return table


def main() -> None:
    """Write the pictures."""
    from _pages import load
    from predict.reports.worklist_page import worklist_html

    fixtures, site = load("fixtures"), load("site")
    people = fixtures.PEOPLE[:14]
    fresh = fixtures.dated_report(people, start="2026-03-20")
    made = fixtures.dated_report(people, table=on_many_days(fixtures, people))
    links = {one.entry: f"patients/{made.name(one)}.html" for one in made.patients}
    browser = shutil.which("chromium") or "chromium"
    with site.Host() as host, site.launched(browser) as running:
        for name, report, person, scheme in (
            ("patient_light", fresh, "MOCK-0042", "light"),
            ("patient_dark", made, "ROUND-2", "dark"),
            ("patient_no_estimate", fresh, "ABSTAIN-1", "light"),
        ):
            address = host.put(f"{name}.html", report.page(person).html)
            with site.opened(running, address, scheme=scheme) as view:
                shoot(view, name)
        address = host.put("index.html", worklist_html(made.worklist(links, {})))
        with site.opened(running, address, width=1400) as view:
            shoot(view, "worklist")
        for folder in sys.argv[1:]:
            html = (Path(folder) / "model.html").read_text("utf-8")
            with site.opened(running, host.put("model.html", html)) as view:
                view.js("() => document.querySelector('[id$=\"-calibration\"]').scrollIntoView()")
                shoot(view, "model_report", height=1400)


if __name__ == "__main__":
    main()
