"""What a run says of an earlier one in its folder: that it is replaced, and what of it is left."""

from __future__ import annotations

from pathlib import Path

from predict.reports.report import KEY

# Written last: a folder is whole where this lies in it.
FINISHED = "run.json"
Written = dict[Path, tuple[int, int]]


def written_in(folder: Path) -> Written:
    """Return the files of a folder, with what changes when one is written anew."""
    if not folder.is_dir():
        return {}
    files = [path for path in folder.rglob("*") if path.is_file()]
    # The key by which pages are named is of every run in the folder: links to a page stay.
    files = [path for path in files if path.name != KEY]
    return {path: (path.stat().st_ino, path.stat().st_mtime_ns) for path in files}


def replacing_words(folder: Path, before: Written) -> str:
    """Return what is said before a run writes where files are; nothing where none are."""
    if not before:
        return ""
    what = "a run" if folder / FINISHED in before else "files"
    return (
        f"{folder.name} holds {what} already: files are replaced as this run writes its own, and "
        "pages keep their names. To keep the files, stop here and name another --out."
    )


def kept_words(folder: Path, before: Written) -> str:
    """Return how many files of before a run has left as they were, and in which of its folders."""
    now = written_in(folder)
    kept = [path for path, mark in before.items() if now.get(path) == mark]
    if not kept:
        return ""
    places = {path.relative_to(folder).parts[0] for path in kept if path.parent != folder}
    where = f" (in {', '.join(sorted(places))})" if places else ""
    count = "1 file that was" if len(kept) == 1 else f"{len(kept)} files that were"
    verb = "is" if len(kept) == 1 else "are"
    return f"{count} in {folder.name} before{where} {verb} kept, and not of this run."
