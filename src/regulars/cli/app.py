"""The commands and their options. Bodies import what they need when they run, so that `--help` stays quick."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from regulars.cli.edge import guarded

app = typer.Typer(
    name="regulars",
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Keep your customers: who buys now, who is slipping, what each is worth.",
)

Home = Annotated[
    Path | None, typer.Option("--home", help="The workspace folder (else REGULARS_HOME, else ./regulars-home).")
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object for machines instead of text.")]
AsOf = Annotated[
    str | None, typer.Option("--as-of", metavar="YYYY-MM-DD", help="Judge as of this day, with what was known then.")
]
Files = Annotated[
    list[Path], typer.Argument(metavar="FILE...", help="CSV, TSV, Excel, Parquet or JSON lines; gz, zst and zip too.")
]
Kind = Annotated[
    str | None,
    typer.Option(
        help="What the files are (orders, lines, customers, products, costs, rates, spend, ...); else recognised."
    ),
]
MapFile = Annotated[
    Path | None, typer.Option("--map", help="A mapping (TOML) of columns to fields, as --save-map writes it.")
]
Html = Annotated[Path | None, typer.Option("--html", help="Write the report as one self-contained HTML file.")]
Pdf = Annotated[Path | None, typer.Option("--pdf", help="Write the report as PDF.")]


@app.callback(invoke_without_command=True)
def _top(
    context: typer.Context,
    home: Home = None,
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    context.obj = home
    if version:
        from regulars import __version__

        typer.echo(__version__)
        raise typer.Exit


@app.command("run")
@guarded
def _run(
    context: typer.Context,
    files: Files,
    kind: Kind = None,
    map_file: MapFile = None,
    as_of: AsOf = None,
    html: Html = None,
    pdf: Pdf = None,
    home: Home = None,
    json: Json = False,
) -> None:
    """The main job: take the files in, judge every customer, and report.

    The report is shown here and written to report.html in the workspace (elsewhere with --html).
    """
    from regulars.cli import main_job

    main_job.run(home or context.obj, files, kind=kind, map_file=map_file, as_of=as_of, html=html, pdf=pdf, json=json)


@app.command("import")
@guarded
def _import(
    context: typer.Context,
    files: Files,
    kind: Kind = None,
    map_file: MapFile = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would be read and kept; change nothing.")
    ] = False,
    save_map: Annotated[
        Path | None, typer.Option("--save-map", help="Write the recognised mapping as TOML, to correct and reuse.")
    ] = None,
    home: Home = None,
    json: Json = False,
) -> None:
    """Take files in. The same file twice changes nothing; a row that can't be used is set aside with its reason."""
    from regulars.cli import main_job

    main_job.import_files(
        home or context.obj, files, kind=kind, map_file=map_file, dry_run=dry_run, save_map=save_map, json=json
    )


@app.command("refresh")
@guarded
def _refresh(context: typer.Context, as_of: AsOf = None, home: Home = None, json: Json = False) -> None:
    """Judge every customer anew from what has been taken in."""
    from regulars.cli import main_job

    main_job.refresh(home or context.obj, as_of=as_of, json=json)


@app.command("report")
@guarded
def _report(context: typer.Context, html: Html = None, pdf: Pdf = None, home: Home = None, json: Json = False) -> None:
    """The state of the customer base, from the last refresh."""
    from regulars.cli import reports

    reports.report(home or context.obj, html=html, pdf=pdf, json=json)


@app.command("backtest")
@guarded
def _backtest(context: typer.Context, home: Home = None, json: Json = False) -> None:
    """How good the predictions were on the firm's own past."""
    from regulars.cli import reports

    reports.backtest(home or context.obj, json=json)


@app.command("export")
@guarded
def _export(
    context: typer.Context,
    table: Annotated[
        str, typer.Argument(metavar="TABLE", help="customers, orders, lines, refunds, occasions, products, ...")
    ],
    to: Annotated[Path, typer.Option("--to", help="The file to write; .csv or .parquet decides the format.")],
    home: Home = None,
    json: Json = False,
) -> None:
    """Write a table for a spreadsheet or another program: `customers` has standing, value and reasons of each."""
    from regulars.cli import exports

    exports.export(home or context.obj, table, to, json=json)


@app.command("demo")
@guarded
def _demo(
    context: typer.Context,
    serve: Annotated[
        bool, typer.Option("--serve/--no-serve", help="Open the console afterwards, until Ctrl-C.")
    ] = True,
    seed: Annotated[int, typer.Option(help="Another seed makes another shop.")] = 1,
    customers: Annotated[int, typer.Option(help="About how many customers it has.")] = 4000,
    home: Home = None,
    json: Json = False,
) -> None:
    """A sample shop with two years of life: its files are written, and the main job runs on them."""
    from regulars.cli import sample_shop

    sample_shop.demo(home or context.obj, serve=serve, seed=seed, customers=customers, json=json)


Port = Annotated[int | None, typer.Option(help="The port to listen on, instead of the setting's.")]
Bind = Annotated[
    str | None, typer.Option(help="The network address to listen on, instead of the setting's; 0.0.0.0 is every one.")
]


@app.command("serve")
@guarded
def _serve(context: typer.Context, port: Port = None, bind: Bind = None, home: Home = None) -> None:
    """Everything in one command: the console in the browser, and the work in the background. Ctrl-C stops it."""
    from regulars.cli import serving

    serving.serve(home or context.obj, port=port, bind=bind)


@app.command("web")
@guarded
def _web(context: typer.Context, port: Port = None, bind: Bind = None, home: Home = None) -> None:
    """Only the web server, for several machines."""
    from regulars.cli import serving

    serving.web(home or context.obj, port=port, bind=bind)


@app.command("worker")
@guarded
def _worker(context: typer.Context, home: Home = None) -> None:
    """Only background work, for several machines; any number of them share it."""
    from regulars.cli import serving

    serving.worker(home or context.obj)


@app.command("key")
@guarded
def _key(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="Which program will use it.")],
    scope: Annotated[
        list[str],
        typer.Option(
            "--scope",
            help="ingest (public: may stand in a web page), or secret, for servers: read, contact, write, till. "
            "Several by giving it several times.",
        ),
    ],
    shop: Annotated[str, typer.Option("--shop", help="The shop whose customer ids and orders it speaks of.")] = "shop",
    home: Home = None,
    json: Json = False,
) -> None:
    """A key with which a program may come in. It is printed this once.

    A key with the scope `ingest` alone is public: whoever reads the page it stands in can send events with it, and
    nothing else. Every other key is a secret and belongs on a server.
    """
    from regulars.cli import staff

    staff.make_key(home or context.obj, name, scope, shop=shop, json=json)


@app.command("password")
@guarded
def _password(
    context: typer.Context,
    email: Annotated[str, typer.Argument(metavar="EMAIL", help="The address with which they sign in.")],
    without_two_factor: Annotated[
        bool, typer.Option("--without-two-factor", help="Switch their two-factor sign-in off too: the phone is lost.")
    ] = False,
    home: Home = None,
    json: Json = False,
) -> None:
    """A link with which a member of staff chooses a new password, for when no owner can sign in."""
    from regulars.cli import staff

    staff.reset_password(home or context.obj, email, without_two_factor=without_two_factor, json=json)


@app.command("forget")
@guarded
def _forget(
    context: typer.Context,
    customer: Annotated[
        str | None,
        typer.Argument(metavar="CUSTOMER", help="Their number (#12), the shop's id, the e-mail or the phone number."),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask: forget.")] = False,
    unfinished: Annotated[bool, typer.Option("--unfinished", help="Go on with requests that aren't done yet.")] = False,
    told: Annotated[
        Path | None,
        typer.Option("--export", metavar="F", help="Forget nobody: write what is held of them, as F.json and F.html."),
    ] = None,
    home: Home = None,
    json: Json = False,
) -> None:
    """Forget a customer everywhere, after a look at what that does. Their sales stay in the firm's totals."""
    from regulars.cli import privacy

    privacy.forget(home or context.obj, customer, yes=yes, unfinished=unfinished, export=told, json=json)


@app.command("backup")
@guarded
def _backup(
    context: typer.Context,
    to: Annotated[Path, typer.Argument(metavar="F", help="The file to write, such as regulars.backup.zip.")],
    home: Home = None,
    json: Json = False,
) -> None:
    """Everything in one file, as of one moment, while the server runs."""
    from regulars.cli import backups

    backups.backup(home or context.obj, to, json=json)


@app.command("restore")
@guarded
def _restore(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="F", help="A backup.")],
    replace: Annotated[
        bool, typer.Option("--replace", help="Even where the workspace holds something: it is replaced.")
    ] = False,
    new_key: Annotated[
        bool, typer.Option("--new-key", help="Even though the secret.key of the backup's firm is lost.")
    ] = False,
    home: Home = None,
    json: Json = False,
) -> None:
    """Bring the workspace back to a backup. Who was forgotten since stays forgotten."""
    from regulars.cli import backups

    backups.restore(home or context.obj, file, replace=replace, new_key=new_key, json=json)


@app.command("check")
@guarded
def _check(context: typer.Context, home: Home = None, json: Json = False) -> None:
    """Is everything as it should be? Each finding with its cure; nothing is changed."""
    from regulars.cli import backups

    backups.check(home or context.obj, json=json)


def run_command_line() -> None:
    """Run the command that `sys.argv` names; ends the process."""
    app()
