"""`predict` and `python -m predict`."""

from __future__ import annotations

from predict.cli import main

__all__ = ["main"]

if __name__ == "__main__":
    main()
