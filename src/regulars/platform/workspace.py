"""The workspace: one folder that holds a firm's settings, operations store, lake and files."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from regulars.base.errors import BadInput
from regulars.platform import settings as toml
from regulars.platform.settings import Settings

DEFAULT_HOME = "regulars-home"


@dataclass(frozen=True)
class Workspace:
    """Paths and settings of one firm; loads neither Django nor the lake."""

    path: Path
    settings: Settings

    @property
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
