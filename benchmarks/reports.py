"""Patient pages a second on one core: facts and HTML, model outputs ready.

Prints the pages' sizes and times, and last the pages a second over the wanted hundred. How fast the
worklist sorts is measured by `worklist_sort.py`.
"""

from __future__ import annotations

import time
from typing import Any

from _pages import load

WANTED = 100.0
PAGES = 600


def pages_a_second(fixtures: Any) -> float:
    """Make every invented person's page again and again: facts and HTML."""
    return timed("invented people, three models", fixtures.make_report(fixtures.PEOPLE[:14]))


def timed(words: str, made: Any) -> float:
    """Make a report's pages again and again; print their time and sizes."""
    print(words)
    sizes = sorted(len(page.html.encode()) for _, page in made.pages())
    rounds = PAGES // len(sizes)
    times = []
    for _ in range(rounds):
        began = time.process_time()
        count = sum(1 for _ in made.pages())
        times.append((time.process_time() - began) / count)
    middle, slow = sorted(times)[len(times) // 2], max(times)
    print(f"a page: {1000 * middle:.1f} ms (slowest round {1000 * slow:.1f} ms)")
    print(f"size: {sizes[len(sizes) // 2] / 1000:.1f} kB, largest {sizes[-1] / 1000:.1f} kB")
    return 1 / middle


def main() -> None:
    """Print the figures; the last line is pages a second over the wanted 100."""
    fixtures = load("fixtures")
    rate = pages_a_second(fixtures)
    fans = timed("simulated people, with those like them", fixtures.known_report(early="better"))
    rate = min(rate, fans)
    print(f"pages a second on one core: {rate:.0f} (wanted: {WANTED:.0f})")
    print(f"ratio: {rate / WANTED:.2f}")


if __name__ == "__main__":
    main()
