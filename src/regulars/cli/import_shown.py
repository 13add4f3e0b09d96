"""What an import did, for people: one sentence a file, the counts, what was set aside and why, what to look at."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table
from rich.text import Text

from regulars.platform.workspace import Workspace

if TYPE_CHECKING:
    from regulars.intake.result import FileResult, ImportResult

_MOST_REASONS = 8
_EXAMPLES = 3


def show(workspace: Workspace, taken: ImportResult, console: Console | None = None) -> None:
    """Print the import."""
    console = console or Console(highlight=False, soft_wrap=True)
    for file in taken.files:
        console.print(Text(file.about))
        if taken.dry_run:
            _show_mapping(console, file)
        counts = file.counts
        verb = "would be kept" if taken.dry_run else "kept"
        parts = [f"{counts.kept:,} {verb}"]
        parts += [f"{counts.replaced:,} replaced an older version"] if counts.replaced else []
        parts += [f"{counts.unchanged:,} known already"] if counts.unchanged else []
        parts += [f"{counts.set_aside:,} set aside"] if counts.set_aside else []
        console.print(Text(f"  {counts.rows_in:,} rows: {', '.join(parts)}."))
        for remark in file.remarks:
            console.print(Text(f"  {remark}"))
        if file.rejects:
            console.print(Text(f"  Mend and import again: {workspace.rejects_path / file.rejects}"))
    for name in taken.skipped:
        console.print(Text(f"Not used: {name}"))
    _show_reasons(console, taken)
    _show_rules(console, taken)


def _show_rules(console: Console, taken: ImportResult) -> None:
    met = [(name, count) for name, count in taken.rules.items() if count]
    if met:
        console.print(Text("Rules met (docs/importing.md):"))
    for name, count in met:
        text = rule_words().get(name, "{n} " + name.replace("_", " "))
        console.print(Text(f"  {text.format(n=f'{count:,}')}"))


@cache
def rule_words() -> dict[str, str]:
    """Rule -> what it is called on the screen."""
    return tomllib.loads(Path(__file__).with_name("rule_words.toml").read_text(encoding="utf-8"))


def _show_reasons(console: Console, taken: ImportResult) -> None:
    reasons = list(taken.reasons.items())
    if not reasons:
        return
    console.print(Text("Set aside:"))
    for text, count in reasons[:_MOST_REASONS]:
        console.print(Text(f"  {count:>7,}  {text}"))
    if len(reasons) > _MOST_REASONS:
        rest = sum(count for _, count in reasons[_MOST_REASONS:])
        console.print(Text(f"  {rest:>7,}  for {len(reasons) - _MOST_REASONS} other reasons"))


def _show_mapping(console: Console, file: FileResult) -> None:
    table = Table("Column", "is read as", "for example", box=None, pad_edge=False)
    for field, title in file.mapping.columns.items():
        shown = [row.get(field) or "" for row in file.examples[:_EXAMPLES]]
        table.add_row(Text(title), Text(field.replace("_", " ")), Text(" · ".join(text for text in shown if text)[:60]))
    console.print(table)
    if file.unused:
        shown = [f"{title} ({example[:30]})" if example else title for title, example in file.unused.items()]
        console.print(Text(f"  Not used: {', '.join(shown)}"))
