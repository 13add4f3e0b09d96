"""The workspace: one folder that holds a firm's settings, operations store, lake and files."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from tempfile import NamedTemporaryFile

from regulars.base.errors import BadInput
from regulars.platform import settings as toml
from regulars.platform.settings import Settings

DEFAULT_HOME = "regulars-home"


@dataclass(frozen=True)
class Workspace:
    """Paths and settings of one firm; loads neither Django nor the lake."""

    path: Path
    settings: Settings

    @cached_property
    def settings_path(self) -> Path:
        return self.path / "regulars.toml"

    @property
    def database_path(self) -> Path:
        return self.path / "regulars.sqlite3"

    @property
    def lake_path(self) -> Path:
        return self.path / "lake"

    @property
    def files_path(self) -> Path:
        return self.path / "files"

    @property
    def rejects_path(self) -> Path:
        return self.path / "rejects"

    @property
    def backups_path(self) -> Path:
        return Path(self.settings.backups.folder or self.path / "backups").expanduser()

    def secret_key(self) -> str:
        """What links and sessions are signed with: REGULARS_SECRET_KEY, else the file secret.key, made when missing.

        Several machines of one firm need the same one.
        """
        given = os.environ.get("REGULARS_SECRET_KEY")
        if given:
            return given
        path = self.path / "secret.key"
        if not path.exists():
            with NamedTemporaryFile("w", dir=self.path, prefix=".secret-", delete=False) as new:
                new.write(secrets.token_urlsafe(48))
            with suppress(FileExistsError):  # another process was quicker: its key is the one
                os.link(new.name, path)
            Path(new.name).unlink()
        return path.read_text().strip()

    def remember(self, **values: object) -> Workspace:
        """The workspace with these values of `[firm]` written into regulars.toml."""
        toml.remember(self.settings_path, "firm", values)
        return open_workspace(self.path)


def open_workspace(home: Path | str | None = None) -> Workspace:
    """The workspace at `home`, else at REGULARS_HOME, else at ./regulars-home; its folder is made when missing.

    Raises BadInput when the place can't be a workspace or its settings are wrong.
    """
    path = Path(home or os.environ.get("REGULARS_HOME") or DEFAULT_HOME).expanduser().resolve()
    try:
        path.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError):
        raise BadInput(f"{path} is a file, so it can't be the workspace. Name a folder with --home.") from None
    except PermissionError:
        raise BadInput(f"{path} can't be made: no permission. Name another folder with --home.") from None
    return Workspace(path, toml.load(path / "regulars.toml"))
