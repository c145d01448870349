"""How a file gets its content: written aside, synced, and renamed, so that it is whole or absent."""

import os
import secrets
import shutil
from glob import escape
from pathlib import Path
from typing import BinaryIO

from omarl.errors import RequestError

PARTIAL = ".partial"
"""How the hidden names of unfinished files and directories end."""


def aside(path: Path) -> Path:
    """A fresh hidden name beside `path` for what is not yet whole."""
    return path.parent / f".{path.name}.{secrets.token_hex(4)}{PARTIAL}"


def remove_unfinished(path: Path) -> None:
    """Remove what is left of earlier writes of `path` whose process was killed."""
    for unfinished in path.parent.glob(f".{escape(path.name)}.{'?' * 8}{PARTIAL}"):
        shutil.rmtree(unfinished) if unfinished.is_dir() else unfinished.unlink()


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file; an older one is replaced in one step, so that it is whole whenever it is read."""
    unfinished = aside(path)
    try:
        with unfinished.open("wb") as file:
            file.write(content)
            sync(file)
        os.replace(unfinished, path)
    finally:
        unfinished.unlink(missing_ok=True)
    sync_directory(path.parent)


def write_text(path: Path, text: str) -> None:
    """Write a text file in UTF-8, as `write_bytes` does."""
    write_bytes(path, text.encode())


def refuse_existing(path: Path) -> None:
    """Raise `RequestError` if something is already there."""
    if path.exists() or path.is_symlink():
        raise RequestError(f"{path} exists already: choose another output or move it away first")


def publish(unfinished: Path, path: Path) -> None:
    """Give a finished file or directory its name, durably; what appeared there meanwhile is left alone."""
    refuse_existing(path)
    if unfinished.is_dir():
        sync_directory(unfinished)
    unfinished.rename(path)
    sync_directory(path.parent)


def sync(file: BinaryIO) -> None:
    """Force a file's content to the disk."""
    file.flush()
    os.fsync(file.fileno())


def sync_directory(path: Path) -> None:
    """Force a directory's entries to the disk, where the system knows such a thing."""
    if os.name == "posix":
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
