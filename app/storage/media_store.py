"""Media of the house behind every machine's own folder.

By default everything lies in the data folder of the one machine, and there is nothing to do. Where an address is configured (S3, or
whatever fsspec reaches), a machine that made a file keeps it there too, and a machine that wants a file it does not have fetches it
once. A file is named by its path under the data folder, so every machine finds the same names.
"""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import fsspec
from fsspec.implementations.local import LocalFileSystem

EXTRA: Final = {"s3": "s3fs"}
"""What must be installed for an address to work, where it is not with us already."""


class MediaStoreUnusable(Exception):
    """The address of the media store cannot be used; the sentence says what is missing."""


class MediaStore:
    """A store of whole files under names. Every verb raises OSError for what the network or the disk refuses."""

    def __init__(self, folder: Path, address: str | None = None, options: dict[str, Any] | None = None) -> None:
        self._folder = folder.resolve()
        self._files: Any = None
        self._root = ""
        if address is None:
            return
        kind, mark, _ = address.partition("://")
        if not mark:  # taken for a folder beside wherever we were started, it would be shared with nobody
            raise MediaStoreUnusable(f"{address!r} does not say what it is. Write s3://bucket/prefix, or file:///folder.")
        try:
            self._files, self._root = fsspec.core.url_to_fs(address, **(options or {}))
        except ImportError:
            raise MediaStoreUnusable(f"Media at {kind}:// need the package {EXTRA.get(kind, kind)}; install it beside us.") from None
        except ValueError as error:
            raise MediaStoreUnusable(f"The address of the media store cannot be read: {error}.") from None

    @property
    def is_here_only(self) -> bool:
        """Whether files lie in this machine's own folder and nowhere else."""
        return self._files is None

    def require_there(self) -> None:
        """Look into the store once. Raises MediaStoreUnusable where its place does not exist, and OSError."""
        if self._files is None or isinstance(self._files, LocalFileSystem):
            return  # a folder comes into being with its first file
        with _as_os_error():
            try:
                self._files.info(f"{self._root.rstrip('/')}/.anything")
            except FileNotFoundError:  # somebody answered; s3fs asks a bucket by itself without telling why it got no answer
                place = self._root.partition("/")[0]
                if not self._files.exists(place):
                    raise MediaStoreUnusable(f"there is no {place} at the address, or we may not look into it") from None

    def keep(self, path: Path) -> None:
        """Keep a finished file, or every file of a finished folder, for the other machines. The same again replaces it."""
        if self._files is None:
            return
        with _as_os_error():
            for one in sorted(path.rglob("*")) if path.is_dir() else [path]:
                if one.is_file():
                    self._put(one)

    def at_hand(self, path: Path) -> bool:
        """Have a file in this machine's folder, fetching it when it is not there; False when nobody has it."""
        if path.is_file() or self._files is None:
            return path.is_file()
        unfinished = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with _as_os_error():
                self._files.get_file(self._name(path), str(unfinished))
            unfinished.rename(path)
        except FileNotFoundError:
            return False
        finally:
            unfinished.unlink(missing_ok=True)
        return True

    def drop(self, path: Path) -> None:
        """Forget a file or a folder that other machines may still have; what is not there is forgotten already."""
        if self._files is None:
            return
        with _as_os_error():
            if self._files.exists(self._name(path)):
                self._files.rm(self._name(path), recursive=True)

    def _put(self, path: Path) -> None:
        name = self._name(path)
        if not isinstance(self._files, LocalFileSystem):
            self._files.put_file(str(path), name)  # object stores show a file when it is whole
            return
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        unfinished = f"{name}.{secrets.token_hex(4)}"
        self._files.put_file(str(path), unfinished)
        self._files.mv(unfinished, name)

    def _name(self, path: Path) -> str:
        return f"{self._root.rstrip('/')}/{path.resolve().relative_to(self._folder).as_posix()}"


@contextmanager
def _as_os_error() -> Iterator[None]:
    """S3's library has errors of its own for a network that is away; to us they are what any disk's are."""
    try:
        yield
    except OSError:
        raise
    except Exception as error:
        if type(error).__module__.partition(".")[0] not in {"botocore", "aiobotocore"}:
            raise
        raise OSError(f"The media store refuses: {type(error).__name__}.") from error
