"""`copilot eval`: evaluations at the command line, mounted through the entry point group `copilot.commands`.

Exit status: 0 everything asked was reached, 1 a floor was missed, 2 the command was used wrongly, 3 no verdict.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from copilot.errors import CopilotError
from kb.errors import KbError

if TYPE_CHECKING:
    from copilot.cli.context import CliContext

app = typer.Typer(
    help="Evaluations: measured, gated by floors, written as JSON.", no_args_is_help=True, add_completion=False
)

Suites = Annotated[list[str], typer.Argument(metavar="SUITE…", help="Shipped suites, or .yaml files of your own.")]
Out = Annotated[Path, typer.Option("--out", "-o", metavar="DIR", help="Where run.json is written.")]
Filter = Annotated[list[str] | None, typer.Option("--filter", metavar="LABEL=VALUE,…", help="Only these cases.")]
Sample = Annotated[int | None, typer.Option(min=1, help="At most so many cases of a set, the same ones each time.")]
CaseSetName = Annotated[str, typer.Option("--set", metavar="NAME", help="One case set, such as dev or kept; or all.")]
Threads = Annotated[int, typer.Option(min=1, max=64, help="Cases asked at the same time; latency is then shared.")]
TargetName = Annotated[str, typer.Option("--target", help="What is evaluated: offline, or model (COPILOT_LLM_*).")]
Failures = Annotated[int, typer.Option(min=0, help="How many failing cases of a set are shown.")]
ShowKept = Annotated[bool, typer.Option("--show-kept", help="Show texts of kept sets too; they are spoilt by that.")]
AsJson = Annotated[bool, typer.Option("--json", help="The report as JSON on standard output, instead of tables.")]


@app.callback()
def group() -> None:
    """Keeps `run` a command of its own, however many there are."""


@app.command()
def run(
    context: typer.Context,
    suites: Suites,
    out: Out = Path("eval-results"),
    filters: Filter = None,
    sample: Sample = None,
    case_set: CaseSetName = "all",
    threads: Threads = 1,
    target: TargetName = "offline",
    failures: Failures = 30,
    show_kept: ShowKept = False,
    as_json: AsJson = False,
) -> None:
    """Runs suites and judges them by their floors. Exit status: 0 pass, 1 floor missed, 2 usage, 3 no verdict."""
    with _exit_statuses():
        from evals import dataset, report, runner, targets
        from evals.models import Options

        cli: CliContext = context.obj
        options = Options(
            case_set=case_set, filters=dataset.parse_filters(filters or ()), sample=sample, threads=threads,
            show_kept=show_kept,
        )  # fmt: skip
        names = dict.fromkeys(suites)
        prepared = [runner.prepare(dataset.find_suite(name), options) for name in names]
        report.prepare_folder(out)
        done = runner.run(
            prepared, options, lambda now, whole: targets.open_target(target, now, cli.settings.rulebook, whole=whole)
        )
        path = report.write(done, out)
        if as_json:
            typer.echo(done.model_dump_json(indent=1))
        else:
            report.show(done, path, failures)
    raise typer.Exit(done.exit_status)


@contextmanager
def _exit_statuses() -> Iterator[None]:
    """Errors as one line; none of them ends with the status of a missed floor."""
    from evals.errors import EvalError

    try:
        yield
    except EvalError as error:
        typer.echo(f"error [{error.code}]: {error.message}", err=True)
        raise typer.Exit(error.exit_status) from error
    except (CopilotError, KbError) as error:
        typer.echo(f"error [{error.code}]: {error.message}", err=True)
        raise typer.Exit(EvalError.exit_status) from error
    except Exception as error:
        # Python would end with 1, which says that a floor was missed.
        logging.getLogger(__name__).exception("the evaluation broke down; nothing was judged")
        raise typer.Exit(EvalError.exit_status) from error
